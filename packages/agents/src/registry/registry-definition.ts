import { posix } from "node:path";
import type { AgentBehaviour, AgentDefinition, AgentLaunchPlan, AgentRuntime, LaunchRequest } from "../definition.ts";
import { environmentWithout } from "../environment.ts";
import { startScript } from "../runtime/start-script.ts";
import { runtimePath } from "../runtime/layout.ts";
import type { PackageDistribution, RegistryAgent } from "./schema.ts";

/** Nothing is known of it but that it speaks ACP: the least favourable where that costs little. */
const behaviour: AgentBehaviour = {
  askingMode: null,
  permissiveMode: null,
  modes: [],
  settings: {
    model: { method: "session/set_config_option", configId: "model" },
    mode: { method: "session/set_config_option", configId: "mode" },
    thoughtLevel: { method: "session/set_config_option", configId: "thought_level" },
  },
  forgetsSettings: true,
  loadsUnprompted: false,
  loadsOnlyInItsDirectory: false,
  loadsOnlyAfterItsMinute: false,
  repeatsAfterLoading: false,
  saysModeChanges: false,
  cancelWaitsForPermissions: true,
  loginErrorCodes: [],
};

const architectures: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/** What is installed, and what it is started with. */
interface Way {
  readonly runtime: AgentRuntime;
  readonly started: Pick<PackageDistribution, "args" | "env">;
}

/** npm before an archive: its packages are checked. Null where the registry has nothing for this platform. */
function wayOf({ version, distribution }: RegistryAgent, platform: string): Way | null {
  const { npx, uvx, binary } = distribution;
  if (npx) {
    const at = npx.package.lastIndexOf("@");
    return { runtime: { kind: "npm-bin", package: npx.package.slice(0, at), version: npx.package.slice(at + 1) }, started: npx };
  }
  const target = binary?.[platform];
  if (target) return { runtime: { kind: "archive", url: target.archive, sha256: target.sha256 ?? null, command: target.cmd, version }, started: target };
  return uvx ? { runtime: { kind: "uvx", package: uvx.package, version }, started: uvx } : null;
}

function launch(request: LaunchRequest, id: string, { runtime, started }: Way): AgentLaunchPlan {
  const { paths, cwd, secrets } = request;
  const args = started.args ?? [];
  const shared = { cwd, files: [], credentials: Object.keys(secrets).length === 0 ? ("none" as const) : ("session" as const) };
  if (runtime.kind === "uvx") return { ...shared, command: "uvx", args: [runtime.package, ...args], env: started.env ?? {} };
  const script = posix.join(paths.runtime, runtimePath(id, "version" in runtime ? runtime.version : ""), startScript);
  // The script finds what it starts beside itself, and Node by this variable.
  return { ...shared, command: "/bin/sh", args: [script, ...args], env: { ...started.env, AGENT_SDK_NODE: paths.node } };
}

/** An agent of the registry, by settings that suit any; null where there is none for this platform. Its credentials are whatever the session's secrets hold. */
export function registryDefinition(agent: RegistryAgent, platform: NodeJS.Platform = process.platform, arch: string = process.arch): AgentDefinition | null {
  const way = wayOf(agent, `${platform}-${architectures[arch] ?? arch}`);
  if (!way) return null;
  return {
    id: agent.id,
    title: agent.name,
    runtime: way.runtime,
    credentialNames: [],
    endpointNames: [],
    behaviour,
    sandboxEnvironment: (session) => environmentWithout(session, []),
    launch: (request) => launch(request, agent.id, way),
  };
}

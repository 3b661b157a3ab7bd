import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createCatalogue } from "@agent-sdk/agents";
import { supervisorBundlePath } from "@agent-sdk/supervisor";

const root = new URL("../../..", import.meta.url).pathname;
const demoAgentPath = join(root, "tooling/scripted-agent/scripted-agent.mjs");

/** A file or directory of this machine. In the build's context it has the same relative path, agents below `runtime/`. */
export interface ContextItem {
  readonly directory: string;
  readonly path: string;
}

export interface ImageContents {
  /** One directory per agent: its id, and the version in it. */
  readonly agents: readonly { readonly id: string; readonly version: string }[];
  readonly items: readonly ContextItem[];
  /** Node and npm are brought along; otherwise the base has them. */
  readonly bringsNode: boolean;
  /** Names the contents together with `more`. */
  hash(more: string): string;
}

function runtimeDirectory(): string {
  const { AGENT_SDK_HOME, AGENT_SDK_RUNTIME_DIR } = process.env;
  return AGENT_SDK_RUNTIME_DIR ?? join(AGENT_SDK_HOME ?? join(homedir(), ".agent-sdk"), "runtimes");
}

/** What an installed runtime is made of: npm's own record names every package with its hash. */
function runtimeMark(directory: string): string {
  try {
    return readFileSync(join(directory, "node_modules", ".package-lock.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return readdirSync(directory).map((name) => readFileSync(join(directory, name), "utf8")).join("\0");
  }
}

/** Installs what is missing of the agents' runtimes into the server's own directory, and lists everything that goes into the image. */
export async function imageContents(agents: readonly string[], options: { readonly say: (text: string) => void }): Promise<ImageContents> {
  const directory = runtimeDirectory();
  const catalogue = createCatalogue({ runtimeDirectory: directory, demoAgentPath });
  const found = [];
  for (const id of agents) {
    const { runtime } = catalogue.get(id);
    if (runtime.kind === "none") throw new Error(`${id} has no program of its own to be put into an image.`);
    options.say(`${id}: installing, unless it is there`);
    await catalogue.ensureRuntime(id, { onProgress: ({ message }) => options.say(message) });
    const version = runtime.kind === "npm" ? runtime.version : createHash("sha256").update(readFileSync(runtime.source)).digest("hex").slice(0, 16);
    found.push({ id, version });
  }
  const { IMAGE_NODE: node, IMAGE_NPM: npm } = process.env;
  const items: ContextItem[] = [
    ...found.map(({ id, version }) => ({ directory, path: join(id, version) })),
    ...[supervisorBundlePath, node, npm].flatMap((path) => (path === undefined ? [] : [{ directory: dirname(path), path: basename(path) }])),
  ];
  return {
    agents: found,
    items,
    bringsNode: node !== undefined && npm !== undefined,
    hash(more) {
      const hash = createHash("sha256").update(more).update(readFileSync(supervisorBundlePath));
      for (const { id, version } of found) hash.update(`${id}\0${version}\0${runtimeMark(join(directory, id, version))}\0`);
      if (npm !== undefined) hash.update(readFileSync(join(npm, "package.json")));
      if (node !== undefined) hash.update(basename(node)).update(readFileSync(node));
      return hash.digest("hex").slice(0, 16);
    },
  };
}

import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { SandboxLayout } from "../directories/layout.ts";
import { bubblewrapArguments, type View } from "../isolation/bubblewrap-arguments.ts";
import type { Isolation } from "../isolation/isolation.ts";
import { sandboxIdVariable } from "../processes/end-processes.ts";

export interface SupervisorProcess {
  readonly sandboxId: string;
  readonly isolation: Isolation;
  readonly layout: SandboxLayout;
  readonly node: string;
  /** Node's flags and the supervisor's file. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of its environment, secrets included. */
  readonly env: Readonly<Record<string, string>>;
  readonly view: Omit<View, "disableUserNamespaces">;
}

/**
 * The descriptors that bubblewrap is told of: its options with secrets come by one, since its command line can be read by everybody; where
 * it wrote the first inner process's pid, by the other.
 */
const optionsDescriptor = 3;
const infoDescriptor = 4;

function nullTerminated(env: Readonly<Record<string, string>>): string {
  return Object.entries(env).map(([name, value]) => `--setenv\0${name}\0${value}\0`).join("");
}

/** In a session of its own and tied to nothing of the server: it outlives it. */
function detached(log: number, more: Pick<SpawnOptions, "cwd" | "env">, descriptors: readonly (number | "pipe")[] = []): SpawnOptions {
  return { ...more, detached: true, stdio: ["ignore", log, log, ...descriptors] };
}

function spawnPlain(request: SupervisorProcess, log: number): ChildProcess {
  return spawn(request.node, request.args, detached(log, { cwd: request.cwd, env: { ...request.env } }));
}

/**
 * bubblewrap itself gets an empty environment but for the sandbox's sign: it runs outside the namespaces it makes, where the session's variables
 * (LD_PRELOAD) must not reach.
 */
function spawnInNamespace(request: SupervisorProcess, isolation: Extract<Isolation, { level: "namespace" }>, log: number, info: number): ChildProcess {
  const view = { ...request.view, disableUserNamespaces: isolation.disableUserNamespaces };
  const args = [
    ...bubblewrapArguments(view), "--info-fd", String(infoDescriptor), "--args", String(optionsDescriptor), "--chdir", request.cwd, "--", request.node, ...request.args,
  ];
  const child = spawn(isolation.bubblewrap, args, detached(log, { cwd: "/", env: { [sandboxIdVariable]: request.sandboxId } }, ["pipe", info]));
  const options = child.stdio[optionsDescriptor] as Writable | null;
  // When bubblewrap ends before it has read them, that end is what is reported.
  options?.on("error", () => options.destroy());
  options?.end(nullTerminated(request.env));
  return child;
}

/** Starts the supervisor's process and resolves when the system has made it. @throws when its program cannot be executed. */
export async function spawnSupervisor(request: SupervisorProcess): Promise<ChildProcess> {
  await using log = await open(request.layout.log, "a", 0o600);
  await using info = await open(request.layout.bubblewrapInfo, "w", 0o600);
  const { isolation } = request;
  const child = isolation.level === "process" ? spawnPlain(request, log.fd) : spawnInNamespace(request, isolation, log.fd, info.fd);
  await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  child.unref();
  return child;
}

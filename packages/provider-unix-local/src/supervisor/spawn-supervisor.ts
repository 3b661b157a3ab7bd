import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { open } from "node:fs/promises";
import type { Writable } from "node:stream";
import { sandboxIdVariable } from "@agent-sdk/core";
import { supervisorVariables } from "@agent-sdk/supervisor";
import type { SandboxLayout } from "../directories/layout.ts";
import { bubblewrapArguments, type View } from "../isolation/bubblewrap-arguments.ts";
import type { Isolation } from "../isolation/isolation.ts";

export interface SupervisorProcess {
  readonly sandboxId: string;
  readonly isolation: Isolation;
  readonly layout: SandboxLayout;
  readonly node: string;
  /** Node's flags and the supervisor's file. */
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of its environment but for the token: the session's secrets are in it, the supervisor's must not be. */
  readonly env: Readonly<Record<string, string>>;
  /** Handed over by a descriptor: every process of the user can read the environment that another was started with. */
  readonly token: string;
  readonly view: Omit<View, "disableUserNamespaces">;
}

/** The supervisor reads its token from it. bubblewrap passes it on and keeps none of its own open. */
const tokenDescriptor = 3;
/**
 * The descriptors that bubblewrap is told of: its options with secrets come by one, since its command line can be read by everybody; where
 * it wrote the first inner process's pid, by the other.
 */
const optionsDescriptor = 4;
const infoDescriptor = 5;

function nullTerminated(env: Readonly<Record<string, string>>): string {
  return Object.entries(env).map(([name, value]) => `--setenv\0${name}\0${value}\0`).join("");
}

/** In a session of its own and tied to nothing of the server: it outlives it. */
function detached(log: number, more: Pick<SpawnOptions, "cwd" | "env">, descriptors: readonly (number | "pipe")[] = []): SpawnOptions {
  return { ...more, detached: true, stdio: ["ignore", log, log, "pipe", ...descriptors] };
}

/** Writes all of `text` and closes. Node makes a socket pair of a "pipe", so that nobody can open the other end by /proc. */
function handOver(child: ChildProcess, descriptor: number, text: string): void {
  const stream = child.stdio[descriptor] as Writable | null;
  // When the process ends before it has read, that end is what is reported.
  stream?.on("error", () => stream.destroy());
  stream?.end(text, () => stream.destroy());
}

function supervisorEnvironment(request: SupervisorProcess): Readonly<Record<string, string>> {
  return { ...request.env, [supervisorVariables.tokenDescriptor]: String(tokenDescriptor) };
}

function spawnPlain(request: SupervisorProcess, log: number): ChildProcess {
  return spawn(request.node, request.args, detached(log, { cwd: request.cwd, env: supervisorEnvironment(request) }));
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
  handOver(child, optionsDescriptor, nullTerminated(supervisorEnvironment(request)));
  return child;
}

/** Starts the supervisor's process and resolves when the system has made it. @throws when its program cannot be executed. */
export async function spawnSupervisor(request: SupervisorProcess): Promise<ChildProcess> {
  await using log = await open(request.layout.log, "a", 0o600);
  await using info = await open(request.layout.bubblewrapInfo, "w", 0o600);
  const { isolation } = request;
  const child = isolation.level === "process" ? spawnPlain(request, log.fd) : spawnInNamespace(request, isolation, log.fd, info.fd);
  handOver(child, tokenDescriptor, request.token);
  await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  child.unref();
  return child;
}

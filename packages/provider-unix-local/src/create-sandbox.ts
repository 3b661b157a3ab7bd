import type { ChildProcess } from "node:child_process";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentSdkError, assertResourceName, assertSandboxEnvironment, describeError, isAgentSdkError, type Sandbox, type SandboxPaths, type SandboxSpec } from "@agent-sdk/core";
import { supervisorBundlePath, supervisorNodeFlags, supervisorVariables } from "@agent-sdk/supervisor";
import { runPreStartCommands } from "@agent-sdk/supervisor/client";
import { makeDirectoryBelow } from "@agent-sdk/supervisor/files";
import type { Context } from "./context.ts";
import { destroySandbox } from "./destroy-sandbox.ts";
import { workingDirectory } from "./directories/confined-directory.ts";
import { sandboxLayout, socketPlace, type SandboxLayout } from "./directories/layout.ts";
import { sandboxEnvironment } from "./environment.ts";
import { insideUser } from "./isolation/bubblewrap-arguments.ts";
import type { Isolation } from "./isolation/isolation.ts";
import { readMarker, writeMarker, type Marker, type ProcessIdentity } from "./marker/marker.ts";
import { identify } from "./processes/process-table.ts";
import { endpointOf, sandboxFrom } from "./sandbox-from-marker.ts";
import { logTail } from "./supervisor/log-file.ts";
import { spawnSupervisor } from "./supervisor/spawn-supervisor.ts";
import { untilReady } from "./supervisor/until-ready.ts";

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** HOME and the working directory, made where they are missing. */
async function preparePaths(context: Context, spec: SandboxSpec, level: Isolation["level"]): Promise<SandboxPaths> {
  const volume = await context.volumes.directory(spec.home.volumeRef);
  const home = await makeDirectoryBelow(volume, spec.home.subpath);
  const root = await workingDirectory({ home, cwd: spec.cwd, outside: level === "process" });
  await mkdir(context.runtimeDirectory, { recursive: true });
  return { root, home, runtime: context.runtimeDirectory, node: context.node };
}

function ourselves(): ProcessIdentity {
  const identity = identify(process.pid);
  if (!identity) throw new AgentSdkError("internal", "/proc does not show this very process.");
  return identity;
}

async function fillDirectory(directory: SandboxLayout, marker: Marker): Promise<void> {
  await mkdir(directory.run, { recursive: true, mode: 0o700 });
  const { uid, gid, name } = insideUser;
  await Promise.all([
    mkdir(directory.temporary, { mode: 0o700 }),
    writeFile(directory.passwd, `${name}:x:${uid}:${gid}::${marker.paths.home}:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n`),
    writeFile(directory.group, `${name}:x:${gid}:\nnogroup:x:65534:\n`),
    writeMarker(directory.marker, marker),
  ]);
}

/**
 * Makes the sandbox's directory, complete with its labels, by one rename: whatever happens afterwards, `list` finds it.
 * @throws AgentSdkError `conflict` when there is a sandbox of that id.
 */
async function makeDirectory(context: Context, marker: Marker): Promise<SandboxLayout> {
  const { sandboxId } = marker.labels;
  const staging = sandboxLayout(join(context.layout.sandboxes, `.making-${sandboxId}-${context.env.random.uuid()}`));
  const final = context.layout.sandbox(sandboxId);
  try {
    await fillDirectory(staging, marker);
    await rename(staging.directory, final.directory);
    return final;
  } catch (error) {
    await rm(staging.directory, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") throw new AgentSdkError("conflict", `There is a sandbox ${sandboxId} already.`, { cause: error });
    throw error;
  }
}

function startSupervisor(context: Context, spec: SandboxSpec, marker: Marker, layout: SandboxLayout): Promise<ChildProcess> {
  const isolation = context.isolation();
  const { paths, socketDirectory, socketPath } = marker;
  const variables = sandboxEnvironment({ level: isolation.level, sandboxId: spec.labels.sandboxId, home: paths.home, node: paths.node, temporary: layout.temporary, env: spec.env });
  return spawnSupervisor({
    sandboxId: spec.labels.sandboxId,
    isolation,
    layout,
    node: paths.node,
    args: [...supervisorNodeFlags, supervisorBundlePath],
    cwd: paths.root,
    env: {
      ...variables,
      [supervisorVariables.listen]: `unix:${socketPath}`,
      [supervisorVariables.state]: layout.state,
      [supervisorVariables.root]: paths.root,
      [supervisorVariables.readyFile]: layout.ready,
    },
    token: spec.supervisorToken,
    view: {
      writable: [paths.home, layout.run, ...(socketDirectory === null ? [] : [socketDirectory])],
      readable: [paths.runtime, paths.node, supervisorBundlePath],
      passwd: layout.passwd,
      group: layout.group,
      network: spec.recipe.network === "none" ? "none" : "open",
    },
  });
}

/** With namespaces the process to watch is the first inner one, whose end is the end of all; bubblewrap names it. */
async function processToWatch(isolation: Isolation, child: ChildProcess, layout: SandboxLayout): Promise<ProcessIdentity | null> {
  if (isolation.level === "process") return child.pid === undefined ? null : identify(child.pid);
  const info = JSON.parse(await readFile(layout.bubblewrapInfo, "utf8")) as { readonly "child-pid"?: unknown };
  return typeof info["child-pid"] === "number" ? identify(info["child-pid"]) : null;
}

/** Brings the supervisor up, the marker following each step. */
async function bringUp(context: Context, spec: SandboxSpec, made: Marker, layout: SandboxLayout, options: CallOptions): Promise<Sandbox> {
  const { env, transport } = context;
  if (made.socketDirectory !== null) await mkdir(made.socketDirectory, { mode: 0o700 });
  options.signal?.throwIfAborted();
  const child = await startSupervisor(context, spec, made, layout);
  await writeMarker(layout.marker, { ...made, phase: "started", supervisor: child.pid === undefined ? null : identify(child.pid) });
  await untilReady(env, child, { readyFile: layout.ready, ...options });
  await using client = transport.connect(endpointOf(made, spec.supervisorToken));
  const [supervisor] = await Promise.all([processToWatch(context.isolation(), child, layout), client.health(options)]);
  await runPreStartCommands(client, spec.recipe.preStartCommands ?? [], options);
  if (!supervisor) throw new AgentSdkError("provider_failed", "The sandbox's supervisor ended right after its start.");
  const marker: Marker = { ...made, phase: "ready", supervisor };
  await writeMarker(layout.marker, marker);
  options.signal?.throwIfAborted();
  return sandboxFrom(marker, { token: spec.supervisorToken, markerPath: layout.marker });
}

/** The error that a caller of `create` gets: ours as it is, the system's as the provider's failure, with the log's end as its cause. */
async function failure(error: unknown, layout: SandboxLayout, options: CallOptions): Promise<unknown> {
  if (options.signal?.aborted) return options.signal.reason;
  if (isAgentSdkError(error) && error.code !== "provider_failed") return error;
  const log = await logTail(layout.log);
  const message = isAgentSdkError(error) ? error.message : "The sandbox could not be started.";
  return new AgentSdkError("provider_failed", message, { cause: new Error(`${describeError(error)}\n${log}`, { cause: error }) });
}

/**
 * Makes a sandbox and resolves when its supervisor has answered and its pre-start commands have run. Whatever fails, and when `signal` aborts,
 * everything that it made is gone before it rejects.
 */
export async function createSandbox(context: Context, spec: SandboxSpec, options: CallOptions = {}): Promise<Sandbox> {
  options.signal?.throwIfAborted();
  assertResourceName("sandbox", spec.labels.sandboxId);
  assertSandboxEnvironment(spec.env);
  const { level } = context.isolation();
  const paths = await preparePaths(context, spec, level);
  const place = socketPlace(context.layout.sandbox(spec.labels.sandboxId));
  const making: Marker = {
    version: 1, labels: { ...spec.labels }, createdAt: context.env.clock.now(), phase: "making", creator: ourselves(), supervisor: null, isolation: level, paths,
    socketPath: place.path, socketDirectory: place.ownDirectory,
  };
  options.signal?.throwIfAborted();
  const layout = await makeDirectory(context, making);
  try {
    return await bringUp(context, spec, making, layout, options);
  } catch (error) {
    const reported = await failure(error, layout, options);
    await destroySandbox(context, { id: spec.labels.sandboxId, marker: (await readMarker(layout.marker)) ?? making });
    throw reported;
  }
}

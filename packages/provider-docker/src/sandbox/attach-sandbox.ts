import { AgentSdkError, type Sandbox } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import type { ContainerInfo } from "../engine/engine.ts";
import { pathsInside } from "./inside.ts";
import { readPaths } from "./labels.ts";
import { endpointOf } from "./reach.ts";
import { startSupervisor } from "./supervisor-start.ts";

interface AttachOptions {
  readonly supervisorToken: string;
  readonly signal?: AbortSignal | undefined;
}

function gone(name: string): AgentSdkError {
  return new AgentSdkError("not_found", `There is no sandbox ${name}.`);
}

async function inspect({ engine }: Context, name: string): Promise<ContainerInfo> {
  const info = await engine.inspectContainer(name);
  if (info === null || info.state === "dead") throw gone(name);
  return info;
}

/** Makes it run, whatever somebody else has done to it: stopped, killed, paused, or the engine started again. */
async function revive(context: Context, name: string, { state }: ContainerInfo, options: AttachOptions): Promise<void> {
  if (state === "running") return;
  if (state === "paused") return context.engine.unpauseContainer(name);
  if (state === "exited") return startSupervisor(context, name, { token: options.supervisorToken }, options);
  throw new AgentSdkError("unavailable", `The sandbox ${name} is ${state}.`);
}

/**
 * The sandbox, running, with its present endpoint.
 * @throws AgentSdkError `not_found` when it is gone or cannot be started any more, `unavailable` while it is on its way somewhere.
 */
export async function attachSandbox(context: Context, name: string, options: AttachOptions): Promise<Sandbox> {
  const found = await inspect(context, name);
  const paths = readPaths(found.labels);
  if (paths === null) throw gone(name);
  await revive(context, name, found, options);
  // Its address and port may be others now.
  const info = found.state === "running" ? found : await inspect(context, name);
  const endpoint = endpointOf(info, options.supervisorToken, context.options.socketDirectory);
  return { ref: name, endpoint, paths: pathsInside(paths.root, paths.node), isolation: "container" };
}

import { AgentSdkError, assertResourceName, assertSandboxEnvironment, describeError, isAgentSdkError, subpathSegments, type CreateOptions, type Sandbox, type SandboxSpec } from "@agent-sdk/core";
import { supervisorNodeFlags, supervisorVariables } from "@agent-sdk/supervisor";
import { runPreStartCommands } from "@agent-sdk/supervisor/client";
import type { Context } from "../context.ts";
import type { ContainerRequest } from "../engine/engine.ts";
import type { SandboxImage } from "../image/runtime-image.ts";
import { assertMounts } from "./assert-mounts.ts";
import { containerEnvironment, home, pathsInside, sharedMountTarget, stateDirectory, supervisorPath, workingDirectory } from "./inside.ts";
import { containerLabels } from "./labels.ts";
import { endpointOf, reachRequest, type Reach } from "./reach.ts";
import { makeSocketDirectory, removeSocketDirectory } from "./socket-directory.ts";
import { firstHandover, startSupervisor } from "./supervisor-start.ts";

const mebibyte = 1024 * 1024;
const defaultMaxProcesses = 4096;

/** A sandbox's container is named by its id, and that name is its ref. */
export function containerName(sandboxId: string): string {
  return `agent-sdk-${sandboxId}`;
}

interface Plan {
  readonly name: string;
  readonly image: SandboxImage;
  readonly root: string;
  readonly reach: Reach;
  readonly parts: readonly { readonly subpath: string; readonly target: string }[];
}

function limitsOf({ options }: Context, { recipe: { resources } }: SandboxSpec): Pick<ContainerRequest, "cpus" | "diskBytes" | "gpus" | "maxProcesses" | "memoryBytes"> {
  const memoryMib = resources?.memoryMib ?? options.defaults?.memoryMib;
  return {
    cpus: resources?.cpu ?? options.defaults?.cpus,
    memoryBytes: memoryMib === undefined ? undefined : Math.round(memoryMib * mebibyte),
    diskBytes: resources?.diskGib === undefined ? undefined : Math.round(resources.diskGib * 1024 * mebibyte),
    gpus: resources?.gpu,
    maxProcesses: options.defaults?.maxProcesses ?? defaultMaxProcesses,
  };
}

async function containerRequest(context: Context, spec: SandboxSpec, plan: Plan): Promise<ContainerRequest> {
  const { image, reach, root } = plan;
  const { listen, mounts, labels, publishOn } = reachRequest(reach);
  const [network, volumeMounts] = await Promise.all([context.backend.network(spec.recipe.network ?? "open"), context.volumes.mounts(spec.home.volumeRef, plan.parts)]);
  return {
    image: image.id,
    command: [image.node, ...supervisorNodeFlags, supervisorPath],
    env: {
      ...containerEnvironment(image, { sandboxId: spec.labels.sandboxId, node: image.node }),
      [supervisorVariables.handover]: "stdin",
      [supervisorVariables.listen]: listen,
      [supervisorVariables.state]: `${stateDirectory}/supervisor`,
      [supervisorVariables.root]: root,
    },
    labels: { ...labels, ...containerLabels(spec.labels, { root, node: image.node }) },
    mounts: [...mounts, ...volumeMounts],
    ...network,
    publishOn,
    ...limitsOf(context, spec),
  };
}

/** From the container's start to its last pre-start command. */
async function bringUp(context: Context, spec: SandboxSpec, plan: Plan, options: CreateOptions): Promise<Sandbox> {
  const { engine, transport } = context;
  await startSupervisor(context, plan.name, firstHandover(spec), options);
  const info = await engine.inspectContainer(plan.name);
  if (info === null) throw new AgentSdkError("provider_failed", "The sandbox's container was removed while it was being started.");
  const endpoint = endpointOf(info, spec.supervisorToken, context.options.socketDirectory);
  await using client = transport.connect(endpoint);
  await assertMounts(plan.parts, info, client);
  await client.health({ timeoutMs: 10_000, signal: options.signal });
  await runPreStartCommands(client, spec.recipe.preStartCommands ?? [], options);
  options.signal?.throwIfAborted();
  return { ref: plan.name, endpoint, paths: pathsInside(plan.root, plan.image.node), isolation: "container" };
}

async function makePlan(context: Context, spec: SandboxSpec, options: CreateOptions): Promise<Plan> {
  const { recipe, labels } = spec;
  const root = workingDirectory(spec.cwd, recipe);
  subpathSegments(spec.home.subpath);
  const [image, reach] = await Promise.all([context.images.resolve(recipe, options), context.backend.reach(labels.sandboxId)]);
  const shared = (recipe.sharedMounts ?? []).map((name) => ({ subpath: `shared/${name}`, target: sharedMountTarget(name) }));
  return { name: containerName(labels.sandboxId), image, root, reach, parts: [{ subpath: spec.home.subpath, target: home }, ...shared] };
}

/** Removes what was made. A container that the engine made although its answer was lost bears the same name. */
async function takeBack(context: Context, { name, reach }: Plan): Promise<void> {
  try {
    await context.engine.removeContainer(name);
    await removeSocketDirectory(reach);
  } catch (error) {
    // The first failure is what is reported. What is left bears the labels.
    context.env.log.warn({ container: name, error: describeError(error) }, "a sandbox that failed to start could not be removed");
  }
}

/**
 * Makes a sandbox and resolves when its supervisor has answered and its pre-start commands have run. Whatever fails, and when `signal` aborts, everything
 * that it made is gone before it rejects; images stay, for the next one. What a lost engine keeps bears the labels.
 */
export async function createSandbox(context: Context, spec: SandboxSpec, options: CreateOptions = {}): Promise<Sandbox> {
  assertResourceName("sandbox", spec.labels.sandboxId);
  assertSandboxEnvironment(spec.env);
  const plan = await makePlan(context, spec, options);
  const request = await containerRequest(context, spec, plan);
  options.signal?.throwIfAborted();
  await makeSocketDirectory(plan.reach);
  try {
    await context.engine.createContainer(plan.name, request);
  } catch (error) {
    // The name is another's: nothing of it is ours to remove but the directory that was made for this one.
    if (isAgentSdkError(error, "conflict")) await removeSocketDirectory(plan.reach);
    else await takeBack(context, plan);
    throw error;
  }
  try {
    options.signal?.throwIfAborted();
    return await bringUp(context, spec, plan, options);
  } catch (error) {
    await takeBack(context, plan);
    throw error;
  }
}

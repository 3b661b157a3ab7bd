import { AgentSdkError } from "@agent-sdk/core";
import { supervisorNodeFlags, supervisorVariables } from "@agent-sdk/supervisor";
import type { Context } from "../context.ts";
import type { VolumeInfo } from "../engine/engine.ts";
import { stateDirectory, supervisorPath } from "../sandbox/inside.ts";
import { makeSocketDirectory, removeSocketDirectory } from "../sandbox/socket-directory.ts";
import { endpointOf, reachRequest } from "../sandbox/reach.ts";
import { startSupervisor } from "../sandbox/supervisor-start.ts";
import type { HelperContainer } from "./volume-helper.ts";

/** Where the volume is seen inside. The runtime image has this directory as its user's, which an empty volume takes over. */
export const volumeMount = "/volume";
/** However the server ends, the helper does not stay longer. */
const lifetimeSeconds = 3600;
const memoryBytes = 256 * 1024 * 1024;
const maxProcesses = 64;

/** Starts a container of the runtime image that serves one whole volume, as the sandboxes' user. Nothing of a tenant's runs in it. */
export async function startHelperContainer(context: Omit<Context, "volumes">, volume: VolumeInfo): Promise<HelperContainer> {
  const { backend, engine, env, images } = context;
  const id = `helper-${env.random.uuid()}`;
  const name = `agent-sdk-${id}`;
  const token = env.random.token(32);
  const [image, reach] = await Promise.all([images.runtime(), backend.reach(id)]);
  const { labels, listen, mounts, publishOn } = reachRequest(reach);
  const { network } = await backend.network(reach.kind === "socket" ? "none" : "open");
  await makeSocketDirectory(reach);
  const end = async (): Promise<void> => {
    await engine.removeContainer(name);
    await removeSocketDirectory(reach);
  };
  try {
    await engine.createContainer(name, {
      image: image.id,
      command: ["/usr/bin/timeout", String(lifetimeSeconds), image.node, ...supervisorNodeFlags, supervisorPath],
      env: {
        [supervisorVariables.handover]: "stdin",
        [supervisorVariables.listen]: listen,
        [supervisorVariables.state]: `${stateDirectory}/supervisor`,
        [supervisorVariables.root]: volumeMount,
      },
      labels: { ...labels, "agent-sdk.helper": volume.name },
      mounts: [...mounts, { kind: "volume", volume: volume.name, subpath: null, target: volumeMount }],
      network,
      publishOn,
      memoryBytes,
      maxProcesses,
      removeAtEnd: true,
    });
    await startSupervisor(context, name, { token, env: {} });
    const info = await engine.inspectContainer(name);
    if (info === null) throw new AgentSdkError("unavailable", "The volume's helper ended right after its start.");
    return { endpoint: endpointOf(info, token, context.options.socketDirectory), end };
  } catch (error) {
    await end();
    throw error;
  }
}

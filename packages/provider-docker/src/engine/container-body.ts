import type Docker from "dockerode";
import type { ContainerRequest, Mount } from "./engine.ts";

/** Where the supervisor listens inside, unless it listens on a socket. */
export const supervisorPort = 9100;
/** Of the sandbox's user, in every image. */
export const insideUser = { uid: 1000, gid: 1000 } as const;

const portKey = `${supervisorPort}/tcp`;
const logBytes = "1m";

function mountBody(mount: Mount): Docker.MountSettings {
  if (mount.kind === "bind") return { Type: "bind", Source: mount.source, Target: mount.target, BindOptions: { Propagation: mount.inVolume ? "rslave" : "rprivate" } };
  const options = { NoCopy: mount.subpath !== null, Labels: {}, DriverConfig: { Name: "", Options: {} }, ...(mount.subpath === null ? {} : { Subpath: mount.subpath }) };
  return { Type: "volume", Source: mount.volume, Target: mount.target, VolumeOptions: options };
}

/** `any` is one of whatever kind, a number is so many of them, anything else the ids of devices. */
function deviceRequests(gpus: string): Docker.DeviceRequest[] {
  const base = { Driver: "nvidia", Capabilities: [["gpu"]] };
  if (/^\d+$/.test(gpus)) return [{ ...base, Count: Number(gpus) }];
  return gpus === "any" ? [{ ...base, Count: 1 }] : [{ ...base, DeviceIDs: gpus.split(",") }];
}

function limits(request: ContainerRequest): Docker.HostConfig {
  const { cpus, memoryBytes, diskBytes, gpus, maxProcesses } = request;
  return {
    PidsLimit: maxProcesses,
    ...(cpus === undefined ? {} : { NanoCpus: Math.round(cpus * 1e9) }),
    // With as much for memory and swap together there is no swap: what is over the limit ends, and does not go on slowly.
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(diskBytes === undefined ? {} : { StorageOpt: { size: String(diskBytes) } }),
    ...(gpus === undefined ? {} : { DeviceRequests: deviceRequests(gpus) }),
  };
}

/** The body of the call that makes a container. */
export function containerBody(name: string, request: ContainerRequest): Docker.ContainerCreateOptions {
  const { publishOn, nameServer } = request;
  return {
    name,
    Image: request.image,
    User: `${insideUser.uid}:${insideUser.gid}`,
    WorkingDir: "/",
    Entrypoint: [...request.command],
    Cmd: [],
    Env: Object.entries(request.env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...request.labels },
    Hostname: "sandbox",
    // The standard input is closed with its first reader's connection: nothing more can be handed over until the next start.
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    StopTimeout: 5,
    Healthcheck: { Test: ["NONE"] },
    ...(publishOn === undefined ? {} : { ExposedPorts: { [portKey]: {} } }),
    HostConfig: {
      Init: true,
      AutoRemove: request.removeAtEnd ?? false,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      IpcMode: "private",
      RestartPolicy: { Name: "no" },
      LogConfig: { Type: "json-file", Config: { "max-size": logBytes, "max-file": "1" } },
      NetworkMode: request.network,
      Mounts: request.mounts.map(mountBody),
      ...(nameServer === undefined ? {} : { Dns: [nameServer] }),
      ...(publishOn === undefined ? {} : { PortBindings: { [portKey]: [{ HostIp: publishOn, HostPort: "" }] } }),
      ...limits(request),
    },
  };
}

/** Where the supervisor's port is passed on from, as an inspection shows it. */
export function publishedPort(ports: Docker.ContainerInspectInfo["NetworkSettings"]["Ports"] | undefined): { readonly host: string; readonly port: number } | null {
  const [binding] = ports?.[portKey] ?? [];
  return binding ? { host: binding.HostIp, port: Number(binding.HostPort) } : null;
}

import type { Sandbox, SandboxProvider, SandboxSpec, SandboxSummary, VolumeProvider } from "@agent-sdk/core";
import { AgentSdkError } from "@agent-sdk/core";
import type { CallOptions, CallProfile, Network } from "../kernel/network.ts";
import { unreachable } from "../kernel/network.ts";
import { epoch, type SimProcess } from "../kernel/sim-process.ts";
import type { AgentHome } from "./sim-agent.ts";
import type { SimSandbox } from "./sim-sandbox.ts";

/** What the one simulated backend holds. Survives every server. */
export interface Backend {
  readonly sandboxes: Map<string, SimSandbox>;
  readonly homes: Map<string, AgentHome>;
  /** Makes a sandbox that has begun to exist and is not up yet. */
  make(spec: SandboxSpec): SimSandbox;
  /** Hears of it just before a sandbox is destroyed by a call. */
  beforeDestroy(sandbox: SimSandbox, by: SimProcess): void;
  /** Non-null: the backend fails at this step of a creation. */
  failure(step: string, spec: SandboxSpec): AgentSdkError | null;
}

const bootMs = 80;

function profile(latencyMs: number): CallProfile {
  const error = (): AgentSdkError => unreachable("The backend");
  return { notSent: error, replyLost: error, timeoutMs: 5000, latencyMs, mayArriveLate: true };
}

function sandboxOf(sandbox: SimSandbox): Sandbox {
  return {
    ref: sandbox.ref,
    endpoint: { url: `http://${sandbox.ref}.test`, token: sandbox.token },
    paths: { root: "/root/work", home: "/root", runtime: "/runtime", node: "/node" },
    isolation: "container",
  };
}

/** A provider of one process on the run's backend. It keeps the promises of the interface and none beyond them. */
export function simProvider(backend: Backend, process: SimProcess, network: Network): SandboxProvider {
  const call = <T>(place: string, latencyMs: number, apply: () => Promise<T>, options: CallOptions = {}): Promise<T> => network.call(process, `provider.${place}`, profile(latencyMs), apply, options);
  const destroyed = async (ref: string): Promise<void> => {
    const sandbox = backend.sandboxes.get(ref);
    if (!sandbox) return;
    backend.beforeDestroy(sandbox, process);
    sandbox.die();
    backend.sandboxes.delete(ref);
  };
  /** What fails after it was made is removed before the caller is told, as the interface demands: as long as the process lives to do it. */
  const create = async (spec: SandboxSpec, options: CallOptions): Promise<Sandbox> => {
    options.signal?.throwIfAborted();
    let made: SimSandbox | null = null;
    try {
      made = await call("create", 5, async () => {
        const failure = backend.failure("create", spec);
        if (failure) throw failure;
        return backend.make(spec);
      }, options);
      const sandbox = made;
      await call("boot", bootMs / 2, async () => {
        const failure = backend.failure("boot", spec);
        if (failure) throw failure;
        await sandbox.start();
      }, options);
      if (sandbox.status !== "running") throw new AgentSdkError("provider_failed", "The sandbox ended while it was starting.");
      return sandboxOf(sandbox);
    } catch (error) {
      const left = [...backend.sandboxes.values()].filter(({ labels }) => labels.sandboxId === spec.labels.sandboxId);
      for (const sandbox of left) await call("remove what was made", 5, () => destroyed(sandbox.ref)).catch(() => undefined);
      throw error;
    }
  };
  return {
    name: "sim",
    capabilities: { isolation: "container", sharedWorkspace: true, stop: false, pause: false, snapshot: false, images: false, resources: [], networkPolicies: ["open"], volumeFiles: false },
    validate: () => undefined,
    create: (spec, options = {}) => create(spec, options),
    attach: (ref, options) =>
      call("attach", 3, async () => {
        const sandbox = backend.sandboxes.get(ref);
        if (!sandbox || sandbox.status === "missing") throw new AgentSdkError("not_found", "The sandbox is gone.");
        if (sandbox.status !== "running") throw new AgentSdkError("unavailable", "The sandbox is on its way.");
        return sandboxOf(sandbox);
      }, options),
    status: (ref, options) => call("status", 3, async () => backend.sandboxes.get(ref)?.status ?? "missing", options),
    stop: () => Promise.reject(new AgentSdkError("not_supported", "Sandboxes cannot be stopped here.")),
    destroy: (ref, options) => call("destroy", 10, () => destroyed(ref), options),
    list: (labels, options) => listed(backend, labels, (apply) => call("list", 5, apply, options)),
    volumes: volumesOf(backend, call),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function* listed(backend: Backend, labels: Parameters<SandboxProvider["list"]>[0], call: (apply: () => Promise<SandboxSummary[]>) => Promise<SandboxSummary[]>): AsyncIterable<SandboxSummary> {
  const found = await call(async () =>
    [...backend.sandboxes.values()]
      .filter((sandbox) => Object.entries(labels).every(([name, value]) => value === undefined || sandbox.labels[name as keyof typeof sandbox.labels] === value))
      .map((sandbox) => ({ ref: sandbox.ref, labels: sandbox.labels, status: sandbox.status, createdAt: new Date(epoch + sandbox.createdAt) })),
  );
  yield* found;
}

function volumesOf(backend: Backend, call: <T>(place: string, latencyMs: number, apply: () => Promise<T>) => Promise<T>): VolumeProvider {
  return {
    create: (name) => call("volumes.create", 5, async () => ({ ref: `volume-${name}` })),
    destroy: (ref) =>
      call("volumes.destroy", 5, async () => {
        for (const path of backend.homes.keys()) if (path.startsWith(`${ref}/`)) backend.homes.delete(path);
      }),
    exists: () => call("volumes.exists", 5, async () => true),
    files: () => {
      throw new AgentSdkError("not_supported", "There are no files here.");
    },
  };
}

import type { FileOperations, Page, PageRequest, Volume } from "@agent-sdk/core";
import { AgentSdkError, describeError, isAgentSdkError } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { VolumeScope, VolumeService } from "../volume-service.ts";
import { findVolume } from "./find-volume.ts";
import { providerOf, requireProvider } from "./providers.ts";
import type { RemoveSession } from "./remove-sessions.ts";
import { removeSessions } from "./remove-sessions.ts";
import { destroyVolume, makeReady } from "./volume-states.ts";

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Volumes by their rows, each step a row before the provider is asked: `creating → ready → deleting → gone`, and `creating → deleting`. */
export class Volumes implements VolumeService {
  readonly #env: PoolEnv;
  readonly #removeSession: RemoveSession;

  constructor(env: PoolEnv, removeSession: RemoveSession) {
    this.#env = env;
    this.#removeSession = removeSession;
  }

  async create(request: { readonly tenant: string; readonly name: string; readonly provider: string }, options: CallOptions = {}): Promise<Volume> {
    options.signal?.throwIfAborted();
    const provider = requireProvider(this.#env, request.provider);
    const volume = await this.#env.store.volumes.insert({ ...request, id: this.#env.random.uuid() });
    try {
      return await makeReady(this.#env, provider, volume, options.signal);
    } catch (error) {
      await this.#abandon(volume, error);
      throw error;
    }
  }

  /** The name is free again, and nothing of what the provider may have made is left. What this cannot do is done by the next look at unfinished rows. */
  async #abandon(volume: Volume, reason: unknown): Promise<void> {
    this.#env.log.warn({ volume_id: volume.id, provider: volume.provider, error: describeError(reason) }, "a volume could not be made");
    try {
      const doomed = await this.#env.store.volumes.setDeleting(volume.id);
      if (doomed) await destroyVolume(this.#env, providerOf(this.#env, doomed.provider), doomed);
    } catch (error) {
      this.#env.log.warn({ volume_id: volume.id, error: describeError(error) }, "a volume that could not be made is left for later");
    }
  }

  list(tenant: string, { provider, limit, cursor }: VolumeScope & PageRequest): Promise<Page<Volume>> {
    return this.#env.store.volumes.list(tenant, { provider }, { limit, cursor });
  }

  async get(tenant: string, idOrName: string, scope: VolumeScope = {}): Promise<Volume> {
    const volume = await findVolume(this.#env, tenant, idOrName, scope);
    if (volume) return volume;
    throw new AgentSdkError("not_found", `There is no volume "${idOrName}".`);
  }

  async delete(tenant: string, idOrName: string, options: VolumeScope & CallOptions & { readonly force?: boolean | undefined } = {}): Promise<void> {
    const volume = await this.get(tenant, idOrName, options);
    // Before anything is marked: what this server cannot finish it does not begin.
    providerOf(this.#env, volume.provider);
    const doomed = await this.#mark(volume, options.force ?? false);
    if (doomed) await this.finishDeletion(doomed, options);
  }

  async #mark(volume: Volume, force: boolean): Promise<Volume | null> {
    try {
      return await this.#env.store.volumes.setDeleting(volume.id, { force });
    } catch (error) {
      if (!isAgentSdkError(error, "conflict")) throw error;
      throw new AgentSdkError("conflict", `Sessions use the volume "${volume.name}". With force they are deleted, too.`, { cause: error });
    }
  }

  /** From the mark to the end: its sessions, their sandboxes before them, what it is at the provider, its row. Safe to repeat. */
  async finishDeletion(volume: Volume, options: CallOptions = {}): Promise<void> {
    await removeSessions(this.#env, this.#removeSession, { volumeId: volume.id }, options.signal);
    await destroyVolume(this.#env, providerOf(this.#env, volume.provider), volume);
  }

  async files(tenant: string, idOrName: string, scope: VolumeScope = {}): Promise<FileOperations> {
    const volume = await this.get(tenant, idOrName, scope);
    const provider = providerOf(this.#env, volume.provider);
    if (!provider.capabilities.volumeFiles) throw new AgentSdkError("not_supported", `${provider.name} cannot reach a volume's files without a sandbox.`);
    if (volume.status !== "ready" || volume.providerRef === null) throw new AgentSdkError("conflict", `The volume "${volume.name}" is ${volume.status}.`, { details: { status: volume.status } });
    return provider.volumes.files(volume.providerRef);
  }
}

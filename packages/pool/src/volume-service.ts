import type { FileOperations, Page, PageRequest, Volume } from "@agent-sdk/core";

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where a name is looked for. Names are unique per tenant and provider. */
export interface VolumeScope {
  /** Only there. Absent: at all providers of this server. */
  readonly provider?: string | undefined;
}

/**
 * A tenant's volumes and their files. Another tenant's volume is `not_found`. An id goes before a name; a name that several providers know is a
 * `conflict` unless the scope says which is meant.
 */
export interface VolumeService {
  /** Resolves when it can be used. @throws `conflict` when the tenant has one of that name there, `bad_request` for a provider that is not here. */
  create(request: { readonly tenant: string; readonly name: string; readonly provider: string }, options?: CallOptions): Promise<Volume>;
  /** Newest first, with those that are being made or deleted. */
  list(tenant: string, filter: VolumeScope & PageRequest): Promise<Page<Volume>>;
  get(tenant: string, idOrName: string, scope?: VolumeScope): Promise<Volume>;
  /**
   * Deletes it with all that is on it. Resolves when it is gone. Aborting stops the waiting, not the work.
   * @throws `conflict` while sessions use it. With `force` they are deleted first, each after its sandbox.
   */
  delete(tenant: string, idOrName: string, options?: VolumeScope & CallOptions & { readonly force?: boolean | undefined }): Promise<void>;
  /** Its files, straight from the provider, without a sandbox. @throws `not_supported` where the provider has no way, `conflict` until it is ready. */
  files(tenant: string, idOrName: string, scope?: VolumeScope): Promise<FileOperations>;
}

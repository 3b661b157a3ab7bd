/** Aborting ends the waiting with the signal's reason. What the server does about it is said at each method where it is more than nothing. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface EventStreamOptions extends CallOptions {
  /** Everything after this number; absent: from now on. */
  readonly after?: number | undefined;
  /** Only this prompt's events; the stream ends after its terminal frame. */
  readonly rpcId?: string | undefined;
  /** False: ends at what there is now. */
  readonly follow?: boolean | undefined;
}

/** A page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** Where the next page begins; null on the last. */
  readonly nextCursor: string | null;
}

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

/** Every item of a list, page after page: `everyItem((cursor) => api.listSessions({ cursor }))`. What changes meanwhile may be missed or given twice. */
export async function* everyItem<T>(page: (cursor: string | undefined) => Promise<ListPage<T>>): AsyncGenerator<T, void, undefined> {
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = await page(cursor);
    yield* items;
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
}

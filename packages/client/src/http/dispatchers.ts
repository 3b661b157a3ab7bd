type DispatcherClass = new (options: { readonly headersTimeout: number; readonly bodyTimeout: number }) => unknown;

/** Where Node keeps what its `fetch` sends with; the symbol is registered, so that every copy of undici finds it. */
const globalDispatcher: symbol = Symbol.for("undici.globalDispatcher.1");

/**
 * Connections of one's own, for the member `dispatcher` of Node's `fetch`. Its shared ones give up on an answer after 300 s, which a command in a sandbox may take, and what an application sets on them
 * is meant for other servers. Undefined in other runtimes, and where an application replaced Node's own: then that is respected.
 */
export function ownConnections(): unknown {
  const shared = (globalThis as { readonly [key: symbol]: unknown })[globalDispatcher];
  const { constructor } = (shared ?? {}) as { readonly constructor?: Function };
  if (constructor?.name !== "Agent") return undefined;
  return new (constructor as DispatcherClass)({ headersTimeout: 0, bodyTimeout: 0 });
}

import type { Store } from "@agent-sdk/core";
import type { MemoryStore } from "@agent-sdk/core/testing";
import type { CallProfile, Network } from "../kernel/network.ts";
import { storeErrors } from "../kernel/network.ts";
import type { SimProcess } from "../kernel/sim-process.ts";

type Method = (...args: unknown[]) => Promise<unknown>;

/** Calls that change nothing: their loss is never an unknown outcome. */
const reads: ReadonlySet<string> = new Set(["get", "head", "list", "count", "read", "lastSeqs", "findByName", "findOwned", "findSandboxOwners", "findUnowned", "listReplicas", "ping", "deploymentId", "limits", "countOpen"]);

/** Hears of each call as it is applied, with what it answered. */
export type StoreObserver = (call: { readonly part: string; readonly method: string; readonly args: readonly unknown[]; readonly result: unknown }) => void;

export interface SimStoreOptions {
  readonly process: SimProcess;
  readonly network: Network;
  readonly observe: StoreObserver;
  readonly isReachable: () => boolean;
}

const timeoutMs = 3000;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A process's connection to the one database of the run. Each call is one round trip and is applied whole or not at all. */
export function simStore(database: MemoryStore, options: SimStoreOptions): Store {
  const call = (part: string, method: string, target: Method, args: readonly unknown[]): Promise<unknown> => {
    const profile: CallProfile = { ...storeErrors(!reads.has(method)), timeoutMs, latencyMs: 1, mayArriveLate: false, isReachable: options.isReachable };
    return options.network.call(options.process, `${part}.${method}`, profile, async () => {
      // What crosses a connection is a copy.
      const result = await target(...structuredClone(args));
      options.observe({ part, method, args, result });
      return result;
    });
  };
  const wrap = (part: string, target: Record<string, unknown>): unknown =>
    new Proxy(target, {
      get(from, method) {
        const value = Reflect.get(from, method);
        if (typeof value !== "function" || typeof method !== "string") return value;
        return (...args: unknown[]) => call(part, method, (value as Method).bind(from), args);
      },
    });
  const parts = Object.entries(database).map(([name, value]): [string, unknown] => {
    if (isObject(value)) return [name, wrap(name, value)];
    const single = name === "ping" || name === "deploymentId" || name === "migrate";
    return [name, single ? (...args: unknown[]) => call("store", name, value as Method, args) : value];
  });
  return { ...(Object.fromEntries(parts) as unknown as Store), [Symbol.asyncDispose]: async () => undefined };
}


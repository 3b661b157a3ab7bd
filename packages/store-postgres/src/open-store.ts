import type { Notifications, RuntimeEnv, Store } from "@agent-sdk/core";
import { AgentSdkError, localNotifications } from "@agent-sdk/core";
import type { Database } from "./database/database.ts";
import { timeoutsBelow } from "./database/timeouts.ts";
import type { EncryptionKey } from "./encryption/key-ring.ts";
import { KeyRing } from "./encryption/key-ring.ts";
import { RowCipher } from "./encryption/row-cipher.ts";
import { postgresStore } from "./postgres-store.ts";

/** A PostgreSQL by its connection string, or the directory of an embedded database. */
export type StoreLocation = { readonly databaseUrl: string } | { readonly dataDirectory: string };

export interface OpenStoreOptions {
  readonly env: RuntimeEnv;
  /** The schema that holds all tables. Defaults to `agent_sdk`. */
  readonly schema?: string | undefined;
  /** The length of the leases that will be taken, in milliseconds; all time-outs are shorter. Defaults to 4,000. */
  readonly leaseTtlMs?: number | undefined;
  /** Connections in the pool, besides the one that listens. Defaults to 10. */
  readonly maxConnections?: number | undefined;
  /** What is secret in the rows is encrypted with the first and read with any. Without keys it is stored as it is given. */
  readonly encryptionKeys?: readonly EncryptionKey[] | undefined;
}

export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  readonly notifications: Notifications;
  /**
   * Encrypts with the first key what is stored in clear or under another one. Safe beside everything else, in several processes, and to break off; cheap once
   * it is done.
   * @returns how many values were written
   */
  reseal(options?: { readonly signal?: AbortSignal | undefined }): Promise<number>;
}

function checkedSchema(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,40}$/u.test(name)) throw new AgentSdkError("bad_request", "A schema's name is made of small letters, digits and underscores, at most 41 of them.");
  return name;
}

function opened(database: Database, notifications: Notifications, schema: string, cipher: RowCipher): OpenedStore {
  const store = postgresStore(database, schema, cipher);
  return {
    store,
    notifications,
    reseal: (options) => store.reseal(options),
    async [Symbol.asyncDispose]() {
      await notifications[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/**
 * Opens the store. Call `store.migrate()` before anything else: it also refuses keys that do not open what is stored. Disposing the result closes the
 * connections; the parts need no disposing then.
 * @throws AgentSdkError `conflict` while another process has the data directory open, `bad_request` for an unusable schema name or encryption key. A server
 * that cannot be reached is noticed by the first call.
 */
export async function openStore(location: StoreLocation, options: OpenStoreOptions): Promise<OpenedStore> {
  const { env } = options;
  const schema = checkedSchema(options.schema ?? "agent_sdk");
  const cipher = new RowCipher(new KeyRing(options.encryptionKeys ?? [], env));
  // Each driver is loaded only where it is used: they are most of what a server's start has to read.
  if ("dataDirectory" in location) {
    const { openPglite } = await import("./database/pglite.ts");
    return opened(await openPglite({ dataDirectory: location.dataDirectory, env }), localNotifications(), schema, cipher);
  }
  const { openPostgres } = await import("./database/postgres.ts");
  const { postgresNotifications } = await import("./notifications/postgres-notifications.ts");
  const timeouts = timeoutsBelow(options.leaseTtlMs ?? 4_000);
  const { databaseUrl } = location;
  const database = openPostgres({ databaseUrl, env, timeouts, maxConnections: options.maxConnections ?? 10 });
  return opened(database, postgresNotifications({ database, databaseUrl, env, timeouts, channel: `${schema}_changes` }), schema, cipher);
}

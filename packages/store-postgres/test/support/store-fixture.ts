import type { Store } from "@agent-sdk/core";
import type { StoreFixture } from "@agent-sdk/core/contract";
import type { Database } from "../../src/database/database.ts";
import { postgresStore } from "../../src/postgres-store.ts";
import type { RowCipher } from "../../src/encryption/row-cipher.ts";
import { cipherWith, keyNamed } from "./keys.ts";

const tables = [
  "agents", "volumes", "sessions", "session_mounts", "session_heads", "prompts", "prompt_sizes", "events", "removed_sessions", "replicas", "idempotency_keys", "session_tokens", "api_keys",
  "questions", "session_limits",
];
const perSession = {
  sessions: "id", session_mounts: "session_id", session_heads: "session_id", prompts: "session_id", prompt_sizes: "session_id", events: "session_id", session_tokens: "session_id",
  questions: "session_id", session_limits: "session_id",
};

async function sql<Row>(database: Database, text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  return database.run<Row>({ sql: text, parameters }, { kind: "write" });
}

/** The store's clock is the real one of the database, moved on by as much as the test says. */
async function moveClock(database: Database, milliseconds: number): Promise<void> {
  const body = `select clock_timestamp() + interval '${milliseconds} milliseconds'`;
  await sql(database, `create or replace function agent_sdk.current_moment() returns timestamptz language sql volatile parallel safe as $$${body}$$`);
}

async function countRows(database: Database, sessionId: string): Promise<number> {
  const counts = Object.entries(perSession).map(([table, column]) => `(select count(*) from agent_sdk.${table} where ${column} = $1)`);
  const [row] = await sql<{ count: number }>(database, `select ${counts.join(" + ")} as count`, [sessionId]);
  return row?.count ?? Number.NaN;
}

async function trimEvents(database: Database, sessionId: string, firstSeq: number): Promise<void> {
  await sql(database, "delete from agent_sdk.events where session_id = $1 and seq < $2", [sessionId, firstSeq]);
  await sql(database, "update agent_sdk.session_heads set first_seq = $2 where session_id = $1", [sessionId, firstSeq]);
}

/** Encrypted, as servers have it: what the model says of the store holds all the same. */
export const cipher: RowCipher = cipherWith([keyNamed("test")]);

/** A view on an open, migrated database, with nothing in it. Disposing it leaves the database open for the next. */
export async function emptyStore(database: Database): Promise<StoreFixture & { readonly store: Store }> {
  await sql(database, `truncate ${tables.map((table) => `agent_sdk.${table}`).join(", ")}`);
  await moveClock(database, 0);
  let offset = 0;
  return {
    store: postgresStore(database, "agent_sdk", cipher),
    async advance(milliseconds) {
      offset += milliseconds;
      await moveClock(database, offset);
    },
    trimEvents: (sessionId, firstSeq) => trimEvents(database, sessionId, firstSeq),
    countRows: (sessionId) => countRows(database, sessionId),
    async [Symbol.asyncDispose]() {},
  };
}

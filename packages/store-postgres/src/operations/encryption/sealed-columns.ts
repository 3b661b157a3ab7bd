import { isJsonObject } from "@agent-sdk/core";
import { sealedWith } from "../../encryption/key-ring.ts";
import type { RowCipher, StoredBody, StoredConfig, StoredSandbox, StoredSecrets } from "../../encryption/row-cipher.ts";
import type { Context } from "../context.ts";

/** A column that holds secrets, and how its value is written anew under the first key. */
export interface SealedColumn {
  readonly table: "agents" | "idempotency_keys" | "sessions";
  readonly column: string;
  /** SQL of what tells a row from all others, and sorts. */
  readonly id: string;
  reseal(cipher: RowCipher, id: string, stored: unknown): unknown;
}

/** A cell as its text, which is what is compared before it is replaced. */
export interface Cell {
  readonly id: string;
  readonly text: string;
}

export const sealedColumns: readonly SealedColumn[] = [
  { table: "sessions", column: "secrets", id: "id", reseal: (cipher, id, stored) => cipher.sealSecrets(id, cipher.openSecrets(id, stored as StoredSecrets)) },
  { table: "sessions", column: "sandbox_state", id: "id", reseal: (cipher, id, stored) => cipher.sealSandbox(id, cipher.openSandbox(id, stored as StoredSandbox)) },
  { table: "agents", column: "config", id: "id", reseal: (cipher, id, stored) => cipher.sealConfig(id, cipher.openConfig(id, stored as StoredConfig)) },
  { table: "idempotency_keys", column: "body", id: "tenant || ' ' || key", reseal: (cipher, id, stored) => cipher.sealBody(id, cipher.openBody(id, stored as StoredBody)) },
];

const pageSize = 500;

/** Every cell of the column that holds something, a page at a time: no statement reads a whole table. */
export async function* cellsOf({ database, schema }: Context, { table, column, id }: SealedColumn): AsyncGenerator<readonly Cell[]> {
  const sql = `select ${id} as id, ${column}::text as text from ${schema}.${table} where ${id} > $1 and ${column} is not null order by 1 limit ${pageSize}`;
  for (let after = ""; ; ) {
    const cells = await database.run<Cell>({ sql, parameters: [after] }, { kind: "read" });
    if (cells.length > 0) yield cells;
    const last = cells.at(-1);
    if (last === undefined || cells.length < pageSize) return;
    after = last.id;
  }
}

/** The key that a stored value is sealed with; null for one in clear. */
export function keyIdOf(stored: unknown): string | null {
  return sealedWith(isJsonObject(stored) ? stored["sealed"] : stored);
}

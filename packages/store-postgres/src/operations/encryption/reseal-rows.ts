import type { Context } from "../context.ts";
import type { Cell, SealedColumn } from "./sealed-columns.ts";
import { cellsOf, keyIdOf, sealedColumns } from "./sealed-columns.ts";

/** The setting that names the key under which every row was found to be. */
const doneUnder = "encryption_done_under";

async function isDone({ database, schema }: Context, keyId: string): Promise<boolean> {
  const sql = `select 1 from ${schema}.settings where key = '${doneUnder}' and value = $1`;
  return (await database.run({ sql, parameters: [keyId] }, { kind: "read" })).length > 0;
}

async function noteDone({ database, schema }: Context, keyId: string): Promise<void> {
  const sql = `insert into ${schema}.settings (key, value) values ('${doneUnder}', $1) on conflict (key) do update set value = excluded.value`;
  await database.run({ sql, parameters: [keyId] }, { kind: "write" });
}

/** Only as long as nobody wrote the cell since it was read: whoever did used the first key already. */
async function replace({ database, schema }: Context, { table, column, id }: SealedColumn, cell: Cell, text: string): Promise<void> {
  const sql = `update ${schema}.${table} set ${column} = $3::json where ${id} = $1 and ${column}::text = $2`;
  await database.run({ sql, parameters: [cell.id, cell.text, text] }, { kind: "write" });
}

async function resealCell(context: Context, column: SealedColumn, cell: Cell): Promise<boolean> {
  const stored: unknown = JSON.parse(cell.text);
  if (keyIdOf(stored) === context.cipher.ring.primaryId) return false;
  const text = JSON.stringify(column.reseal(context.cipher, cell.id, stored));
  // Nothing in it is secret.
  if (keyIdOf(JSON.parse(text)) === null) return false;
  await replace(context, column, cell, text);
  return true;
}

/**
 * Encrypts with the first key whatever is stored in clear or under another. Safe to break off, to repeat, and to run in several processes and beside everything
 * else. Once done it is cheap, as long as there is one key: with several, a process that still has another one first may have written since.
 * @returns how many values it wrote
 */
export async function resealRows(context: Context, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<number> {
  const { ids, primaryId } = context.cipher.ring;
  if (primaryId === null || (ids.length === 1 && (await isDone(context, primaryId)))) return 0;
  let written = 0;
  for (const column of sealedColumns) {
    for await (const cells of cellsOf(context, column)) {
      for (const cell of cells) {
        options.signal?.throwIfAborted();
        if (await resealCell(context, column, cell)) written += 1;
      }
    }
  }
  await noteDone(context, primaryId);
  return written;
}

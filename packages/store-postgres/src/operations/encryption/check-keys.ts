import { AgentSdkError } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import { cellsOf, keyIdOf, sealedColumns } from "./sealed-columns.ts";

/** Settings by which a key is recognised: a word that only it opens. One per key that was ever used. */
const prefix = "encryption_key:";
const word = "agent-sdk";

async function readProbes({ database, schema }: Context): Promise<ReadonlyMap<string, string>> {
  const sql = `select key, value from ${schema}.settings where key like '${prefix}%'`;
  const rows = await database.run<{ readonly key: string; readonly value: string }>({ sql, parameters: [] }, { kind: "read" });
  return new Map(rows.map(({ key, value }) => [key.slice(prefix.length), value]));
}

/** The first that uses a key leaves the word; two at a time leave one. */
async function leaveProbes({ database, schema, cipher: { ring } }: Context): Promise<void> {
  for (const id of ring.ids) {
    const sql = `insert into ${schema}.settings (key, value) values ($1, $2) on conflict (key) do nothing`;
    await database.run({ sql, parameters: [prefix + id, ring.seal(word, prefix + id, id)] }, { kind: "write" });
  }
}

function assertOpens({ cipher: { ring } }: Context, id: string, probe: string): void {
  try {
    ring.open(probe, prefix + id);
  } catch (cause) {
    throw new AgentSdkError("bad_request", `The encryption key "${id}" is not the key of that id that this database was used with.`, { cause });
  }
}

/** How many values are sealed with keys that are not at hand, by the key's id. */
async function countForeign(context: Context): Promise<ReadonlyMap<string, number>> {
  const known = new Set(context.cipher.ring.ids);
  const counts = new Map<string, number>();
  for (const column of sealedColumns) {
    for await (const cells of cellsOf(context, column)) {
      for (const id of cells.map((cell) => keyIdOf(JSON.parse(cell.text)))) {
        if (id !== null && !known.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
  }
  return counts;
}

/**
 * Refuses to go on with keys that do not open what is stored, before anything else is read: a session that cannot be read could not be driven either.
 * Looks at the rows only when a key that was used before is missing.
 * @throws AgentSdkError `bad_request` that names the key.
 */
export async function checkKeys(context: Context): Promise<void> {
  const { ring } = context.cipher;
  await leaveProbes(context);
  const probes = await readProbes(context);
  for (const id of ring.ids) assertOpens(context, id, probes.get(id) ?? "");
  if ([...probes.keys()].every((id) => ring.ids.includes(id))) return;
  const [missing] = await countForeign(context);
  if (missing === undefined) return;
  const [id, count] = missing;
  throw new AgentSdkError("bad_request", `The database holds ${count} values that are encrypted with the key "${id}", which is not configured. Configure it, behind the first key where that is another one.`);
}

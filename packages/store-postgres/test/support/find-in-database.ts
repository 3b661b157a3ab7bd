import type { Database } from "../../src/database/database.ts";

interface Column {
  readonly table_name: string;
  readonly column_name: string;
}

/** Every column of every table of the schema in which a row holds the text, as `table.column`. */
export async function findInDatabase({ database, schema }: { readonly database: Database; readonly schema: string }, text: string): Promise<readonly string[]> {
  const read = <Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> => database.run<Row>({ sql, parameters }, { kind: "read" });
  const tables = `select table_name from information_schema.tables where table_schema = '${schema}' and table_type = 'BASE TABLE'`;
  const columns = await read<Column>(`select table_name, column_name from information_schema.columns where table_schema = '${schema}' and table_name in (${tables}) order by 1, 2`, []);
  const found: string[] = [];
  for (const { table_name: table, column_name: column } of columns) {
    const rows = await read(`select 1 from ${schema}."${table}" where position($1 in "${column}"::text) > 0 limit 1`, [text]);
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  return found;
}

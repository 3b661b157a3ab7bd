/** One step of the schema's history. Applied steps never change: a correction is a new step. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /** The SQL text, several statements, run in one transaction. `schema` is a quoted identifier. */
  readonly sql: (schema: string) => string;
}

const special = /["\\]/gu;

/** A text[] as the server reads it (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). Any text is carried exactly. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : `"${value.replace(special, "\\$&")}"`)).join(",")}}`;
}

/** An array of numbers or booleans. */
export function plainArray(values: readonly (number | boolean | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : String(value))).join(",")}}`;
}

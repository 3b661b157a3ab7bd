/** Columns as wide as what is in them; the header in capitals. */
export function table(rows: readonly (readonly string[])[], header: readonly string[]): string {
  const all = [header.map((cell) => cell.toUpperCase()), ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  return `${all.map(line).join("\n")}\n`;
}

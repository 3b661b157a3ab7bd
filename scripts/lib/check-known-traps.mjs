// The table of known traps names files and tests. Says what of it is not there, or is left out.
import { existsSync, readFileSync } from "node:fs";

const table = "docs/known-traps.md";
const letters = { 28: ["a", "b", "c"], 41: ["a", "b", "c"] };
const numbers = Array.from({ length: 51 }, (_, index) => index + 1).flatMap((number) => [String(number), ...(letters[number] ?? []).map((letter) => `${number}${letter}`)]);

/** Tests that stand behind a file's name, `file` › "one" and "another". */
function citations(cell) {
  return [...cell.matchAll(/`([^`]+\.ts)` › ("[^"]+"(?: and "[^"]+")*)/g)].map(([, file, names]) => ({ file, names: [...names.matchAll(/"([^"]+)"/g)].map(([, name]) => name) }));
}

function problemsOfRow(number, cell) {
  const files = [...cell.matchAll(/`((?:apps|docs|e2e|packages|scripts|tooling)\/[^`]+)`/g)].map(([, file]) => file);
  const missing = files.filter((file) => !existsSync(file)).map((file) => `${table}: row ${number} names ${file}, which is not there`);
  const unnamed = citations(cell)
    .filter(({ file }) => existsSync(file))
    .flatMap(({ file, names }) => names.filter((name) => !readFileSync(file, "utf8").includes(name)).map((name) => `${table}: row ${number} names "${name}", which ${file} does not have`));
  const empty = files.length === 0 && !/\*Open\*/.test(cell) ? [`${table}: row ${number} names nothing, and does not say that it is open`] : [];
  return [...missing, ...unnamed, ...empty];
}

/** One line for each thing that is wrong with the table. */
export function knownTrapProblems() {
  const rows = new Map([...readFileSync(table, "utf8").matchAll(/^\| (\d+[a-z]?) \|[^|]+\| (.+) \|$/gm)].map(([, number, cell]) => [number, cell]));
  const absent = numbers.filter((number) => !rows.has(number)).map((number) => `${table}: row ${number} is missing`);
  return [...absent, ...[...rows].flatMap(([number, cell]) => problemsOfRow(number, cell))];
}

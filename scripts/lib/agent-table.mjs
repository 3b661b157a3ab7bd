// What the end-to-end tests found of the real agents, as a table: one row for each agent and isolation, one column for each thing that is asked of it.
const columns = ["text", "tool", "cancel", "resume"];
const row = /^real agent: (\S+), isolation (\S+)$/;
const words = { passed: "passed", failed: "FAILED" };

/** The cell of a test that did not run holds why. `unexplained`: there is no such test, or no reason. */
function cell(tests, column) {
  const test = tests.find(({ title }) => title === column || title.startsWith(`${column} [skipped: `));
  const text = test && (words[test.status] ?? /\[(skipped: .*)\]$/.exec(test.title)?.[1]);
  return text ? { text, unexplained: false } : { text: test ? "skipped, no reason" : "missing", unexplained: true };
}

function rowsOf(tests) {
  const rows = new Map();
  for (const test of tests) {
    const [, agent, isolation] = test.ancestorTitles.map((title) => row.exec(title)).find((match) => match !== null) ?? [];
    if (agent === undefined) continue;
    const key = `${agent} (${isolation})`;
    rows.set(key, [...(rows.get(key) ?? []), test]);
  }
  return rows;
}

/** Lines to print, none where no real agent was among the tests, and how many cells nobody explains. */
export function agentTable(tests) {
  const rows = rowsOf(tests);
  if (rows.size === 0) return { lines: [], unexplained: 0 };
  const found = [...rows].toSorted(([left], [right]) => left.localeCompare(right)).map(([name, own]) => ({ name, cells: columns.map((column) => cell(own, column)) }));
  const table = [["agent (isolation)", ...columns], ...found.map(({ name, cells }) => [name, ...cells.map(({ text }) => text)])];
  const widths = table[0].map((_, index) => Math.max(...table.map((cells) => cells[index].length)));
  return {
    lines: table.map((cells) => cells.map((text, index) => text.padEnd(widths[index])).join("  ").trimEnd()),
    unexplained: found.flatMap(({ cells }) => cells).filter(({ unexplained }) => unexplained).length,
  };
}

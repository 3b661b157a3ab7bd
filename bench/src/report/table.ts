import type { SystemName } from "../systems/system.ts";
import type { Results, Row, Unit } from "./results.ts";
import { type Summary, summarise } from "./statistics.ts";
import { type Bound, boundFor, isReached, type Target } from "./targets.ts";

const headings: Readonly<Record<SystemName, string>> = {
  "bare-stdio": "(i) bare stdio",
  supervisor: "(ii) supervisor",
  "sandbox-agent": "(iii) sandbox-agent 0.4.2",
  "server-pglite": "(iv) whole path, PGlite",
  "server-postgres": "(iv) whole path, PostgreSQL",
};

function format(value: number, unit: Unit): string {
  if (unit === "ms") return value.toFixed(value < 10 ? 2 : 0);
  if (unit === "MB") return value.toFixed(1);
  return Math.round(value).toLocaleString("en-US");
}

function cell(samples: readonly number[] | undefined, unit: Unit): string {
  if (!samples || samples.length === 0) return "–";
  const { median, min, max } = summarise(samples);
  const [middle, low, high] = [median, min, max].map((value) => format(value, unit));
  return low === high ? String(middle) : `${middle} (${low}–${high})`;
}

function boundText({ atMost, atLeast }: Bound, unit: Unit): string {
  return atMost === undefined ? `≥ ${format(atLeast ?? 0, unit)}` : `≤ ${unit === "ms" ? atMost : format(atMost, unit)}`;
}

function targetText(target: Target | undefined, unit: Unit): string {
  const parts = [target?.supervisor && `(ii) ${boundText(target.supervisor, unit)}`, target?.server && `(iv) ${boundText(target.server, unit)}`];
  return parts.filter(Boolean).join("; ");
}

export interface Verdict {
  readonly system: SystemName;
  readonly reached: boolean;
  readonly summary: Summary;
}

/** What the numbers say about each system of which something is required. */
export function verdicts(row: Row, samples: ReadonlyMap<SystemName, readonly number[]>): readonly Verdict[] {
  return [...samples].flatMap(([system, values]) => {
    const bound = boundFor(row.target, system);
    const summary = summarise(values);
    return bound ? [{ system, reached: isReached(bound, summary), summary }] : [];
  });
}

function verdictText(found: readonly Verdict[]): string {
  const missed = found.filter(({ reached }) => !reached).map(({ system }) => system);
  if (found.length === 0) return "";
  return missed.length === 0 ? "reached" : `**not reached**: ${missed.join(", ")}`;
}

/** One Markdown table: medians, with the least and the greatest sample in brackets. */
export function markdownTable(results: Results, systems: readonly SystemName[]): string {
  const head = ["", "unit", ...systems.map((name) => headings[name]), "target", ""];
  const lines = results.rows.map(({ row, samples }) => [
    row.title,
    row.unit,
    ...systems.map((name) => cell(samples.get(name), row.unit)),
    targetText(row.target, row.unit),
    verdictText(verdicts(row, samples)),
  ]);
  return [head, head.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

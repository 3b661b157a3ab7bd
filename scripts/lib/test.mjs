// Runs every check of the repository one after the other, all of them even when one fails, and prints one line of counts last.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentTable } from "./agent-table.mjs";
import { leftSince, present } from "./leaks.mjs";

const root = new URL("../..", import.meta.url).pathname;
const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
const agents = [];

function run(command, args, env = {}) {
  return spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } }).status === 0;
}

/** A check that passes or fails as a whole. */
function check(title, command, args) {
  console.log(`\n== ${title}`);
  const ok = run(command, args);
  counts[ok ? "passed" : "failed"] += 1;
  if (!ok) console.log(`== ${title}: FAILED`);
}

function reasonOf(test) {
  return test.meta?.skipReason ?? "";
}

function tests(title, args) {
  console.log(`\n== ${title}`);
  const folder = mkdtempSync(join(tmpdir(), "agent-sdk-report-"));
  const report = join(folder, "report.json");
  try {
    const ok = run("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...args]);
    const { testResults, numFailedTestSuites = 0 } = JSON.parse(readFileSync(report, "utf8"));
    const all = testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
    const table = agentTable(all);
    agents.push(...table.lines);
    // A filter on the command line leaves cells out, which is its purpose.
    if (args.length === 0) counts.failed += table.unexplained;
    for (const test of all) {
      if (test.status === "passed") counts.passed += 1;
      else if (test.status === "failed") counts.failed += 1;
      else {
        counts.skipped += 1;
        skipped.push(`${test.fullName} ${reasonOf(test)}`);
      }
    }
    // A file that could not even be loaded, or an unhandled rejection, has no test of its own to fail.
    if (!ok && numFailedTestSuites === 0 && !all.some((test) => test.status === "failed")) counts.failed += 1;
    if (!ok && testResults.some((file) => file.status === "failed" && file.assertionResults.length === 0)) counts.failed += 1;
  } catch (error) {
    console.log(`== ${title}: no report (${error.message})`);
    counts.failed += 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const before = present();
const only = process.argv.slice(2);
if (only.length === 0) {
  check("types", "turbo", ["run", "typecheck", "--output-logs=errors-only"]);
  check("lint", "oxlint", ["--type-aware", "--deny-warnings"]);
  check("packages: exports and types as published", "node", ["scripts/lib/check-packages.mjs"]);
  check("repository: no path or host of one machine, no bare time in SQL", "node", ["scripts/lib/check-repository.mjs"]);
  check("other JavaScript runtimes", "node", ["scripts/lib/javascript-runtimes.mjs"]);
  check("agents' runtimes", "node", ["--conditions=@agent-sdk/source", "scripts/lib/install-runtimes.ts", "claude", "codex", "opencode", "gemini"]);
}
// Docker sandboxes are tested on an engine that answers; where none does, their tests are skipped and say so.
if (only.length === 0 && spawnSync("docker", ["version"], { stdio: "ignore" }).status === 0) check("Docker sandboxes' image", "scripts/build-runtime-image", ["--agents", "claude,demo"]);
tests("tests", only);
console.log("\n== leaks: no process and no directory is left behind");
const left = await leftSince(before);
counts[left.length === 0 ? "passed" : "failed"] += 1;
for (const item of left) console.log(`left behind: ${item}`);

if (agents.length > 0) console.log(`\nReal agents on the scripted model:\n${agents.join("\n")}`);
if (skipped.length > 0) console.log(`\nSkipped:\n${skipped.map((line) => `- ${line}`).join("\n")}`);
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

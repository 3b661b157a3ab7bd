// What a reader of the repository must not meet: a registry's host in the lock file, SQL that takes another clock than the store's,
// or a table of tests that are not there.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { knownTrapProblems } from "./check-known-traps.mjs";

const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(Boolean);
const problems = [];

const lock = readFileSync("pnpm-lock.yaml", "utf8");
if (/https?:\/\//.test(lock)) problems.push("pnpm-lock.yaml records a host");

for (const file of files.filter((name) => /^packages\/store-postgres\/src\/.*\.(ts|sql)$/.test(name) && !name.endsWith(".test.ts"))) {
  const text = readFileSync(file, "utf8");
  // The one function of ours is where the database's clock is read.
  if (/\bnow\(\)|\bcurrent_timestamp\b/i.test(text)) problems.push(`${file}: takes time from now(); use the schema's own function`);
}

problems.push(...knownTrapProblems());

for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

// Fetches the other runtimes that the client is tested in, from npm into .tools/: javascript-runtimes.mjs. What cannot be had is reported, and its tests are skipped.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../.tools/javascript-runtimes", import.meta.url));
const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** Each brings its program within a package of its platform, so that no install script has to run. */
const runtimes = { "node-22": `${nodePackage}@22.23.3`, deno: "deno@2.9.6", bun: "bun@1.4.5" };

for (const [name, spec] of Object.entries(runtimes)) {
  const target = join(folder, name);
  const stamp = join(target, "installed");
  if (existsSync(stamp)) continue;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  try {
    const args = ["install", "--prefix", target, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", spec];
    execFileSync("npm", args, { stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
    writeFileSync(stamp, `${spec}\n`);
    console.log(`${name}: ${spec}`);
  } catch (error) {
    console.log(`${name}: ${spec} could not be installed (${error.message})`);
  }
}

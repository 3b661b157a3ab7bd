// Packs every public package as it would be published and checks what a user's compiler and bundler will find in it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let failed = false;
for (const folder of readdirSync("packages").map((name) => join("packages", name))) {
  const { name, private: hidden } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (hidden) continue;
  const target = mkdtempSync(join(tmpdir(), "agent-sdk-pack-"));
  try {
    execFileSync("pnpm", ["pack", "--pack-destination", target], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    const tarball = join(target, readdirSync(target)[0]);
    for (const [tool, ...args] of [
      ["publint", tarball, "--strict"],
      ["attw", tarball, "--profile", "esm-only", "--format", "ascii"],
    ]) {
      const { status, stdout, stderr } = spawnSync(tool, args, { encoding: "utf8" });
      if (status === 0) continue;
      failed = true;
      console.log(`${name}: ${tool}\n${stdout}${stderr}`);
    }
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}
process.exitCode = failed ? 1 : 0;

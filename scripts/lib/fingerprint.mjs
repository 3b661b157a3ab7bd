// Prints a hash of the files that a step of the set-up depends on, so that the step runs again only when they changed.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const root = new URL("../..", import.meta.url).pathname;
const skipped = new Set(["node_modules", "dist", ".git", ".tools", ".turbo", "results", "coverage"]);

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (skipped.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

const wanted = {
  install: (path) => /(^|\/)(package\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml)$/.test(path),
  build: (path) =>
    /^(packages|apps|tooling)\//.test(path) &&
    !path.endsWith(".test.ts") &&
    (/\/src\//.test(path) || /(package\.json|tsconfig[^/]*\.json|tsup\.config\.ts)$/.test(path)),
}[process.argv[2]];
if (!wanted) throw new Error(`usage: fingerprint.mjs install|build`);

const hash = createHash("sha256").update(process.version);
for (const path of [...walk(root)].map((p) => relative(root, p)).filter(wanted).toSorted()) {
  // Size and time are enough to notice a change and cost no reading of the files.
  const { size, mtimeMs } = statSync(join(root, path));
  const content = process.argv[2] === "install" ? readFileSync(join(root, path), "utf8") : `${size}:${mtimeMs}`;
  hash.update(`${path}\0${content}\0`);
}
process.stdout.write(hash.digest("hex"));

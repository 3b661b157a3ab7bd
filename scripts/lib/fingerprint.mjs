// Prints, for each step of the set-up that is named, a hash of the files that it depends on, so that it runs again only when they changed.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const skipped = new Set(["node_modules", "dist", ".git", ".tools", ".turbo", "results", "coverage"]);

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (skipped.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

const steps = {
  install: {
    wanted: (path) => /(^|\/)(package\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml)$/.test(path),
    mark: (path) => readFileSync(path, "utf8"),
  },
  build: {
    wanted: (path) =>
      /^(packages|apps|tooling)\//.test(path) &&
      !path.endsWith(".test.ts") &&
      (/\/src\//.test(path) || /(package\.json|tsconfig[^/]*\.json|tsup\.config\.ts)$/.test(path)),
    // Size and time are enough to notice a change and cost no reading of the files.
    mark: (path) => {
      const { size, mtimeMs } = statSync(path);
      return `${size}:${mtimeMs}`;
    },
  },
};

const names = process.argv.slice(2);
if (names.length === 0 || names.some((name) => !Object.hasOwn(steps, name))) throw new Error(`usage: fingerprint.mjs ${Object.keys(steps).join("|")} …`);

const files = [...walk(root)].map((path) => relative(root, path)).toSorted((left, right) => (left < right ? -1 : 1));
const hashes = names.map((name) => {
  const { wanted, mark } = steps[name];
  const hash = createHash("sha256").update(process.version);
  for (const path of files.filter(wanted)) hash.update(`${path}\0${mark(join(root, path))}\0`);
  return hash.digest("hex");
});
console.log(hashes.join(" "));

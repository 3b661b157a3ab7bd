import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/** One file that runs on a bare Node: everything that is not Node's own is bundled into it. */
const config: ReturnType<typeof defineConfig> = defineConfig({
  entry: { supervisor: "src/main.ts" },
  outDir: "dist",
  format: "esm",
  outExtension: () => ({ js: ".mjs" }),
  target: "node22",
  platform: "node",
  noExternal: [/.*/],
  define: { supervisorVersion: JSON.stringify(version) },
  esbuildOptions(options) {
    // From source, so that the bundle does not depend on what else was built.
    options.conditions = ["@agent-sdk/source"];
    // A name in a stack trace is worth more than the bytes.
    options.minifySyntax = true;
    options.minifyWhitespace = true;
  },
  splitting: false,
  sourcemap: false,
  clean: false,
  dts: false,
});

export default config;

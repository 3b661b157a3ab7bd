import { defineConfig } from "tsup";

/** One file for the app and one for embedding it. Packages stay outside: each finds its own files, and a change of one needs no new bundle here. */
const config: ReturnType<typeof defineConfig> = defineConfig({
  entry: { main: "src/main.ts", index: "src/index.ts" },
  outDir: "dist",
  format: "esm",
  target: "node22",
  platform: "node",
  splitting: true,
  sourcemap: true,
  clean: true,
  dts: false,
});

export default config;

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";

const entry = fileURLToPath(new URL("../src/index.ts", import.meta.url));

it("is small, imports nothing of Node and brings no zod", async () => {
  const result = await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", platform: "browser", conditions: ["@agent-sdk/source"], write: false, metafile: true, logLevel: "silent" });
  const inputs = Object.keys(result.metafile.inputs);
  expect(inputs.filter((path) => path.includes("/zod/"))).toEqual([]);
  const text = result.outputFiles[0]?.text ?? "";
  expect(text).toContain("ApiError");
  expect(text).not.toMatch(/["']node:|\brequire\(/);
  const size = gzipSync(text).length;
  console.log(`the client's bundle: ${text.length} bytes, ${size} gzipped`);
  expect(size).toBeLessThanOrEqual(25 * 1024);
});

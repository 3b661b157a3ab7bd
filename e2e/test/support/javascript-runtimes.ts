import { existsSync, globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../.tools/javascript-runtimes/", import.meta.url));

/** A program that runs JavaScript, and the arguments that come before the file. */
export interface JavaScriptRuntime {
  readonly name: string;
  readonly program: string | null;
  readonly args: readonly string[];
}

function find(pattern: string): string | null {
  return globSync(`${folder}${pattern}`)[0] ?? null;
}

/** Beside the Node that runs the tests. `program` is null where it is not there: `node scripts/lib/javascript-runtimes.mjs` fetches it. */
export const javaScriptRuntimes: readonly JavaScriptRuntime[] = [
  { name: "Node 22", program: find("node-22/node_modules/node-*/bin/node"), args: [] },
  { name: "Node of the tests", program: process.execPath, args: [] },
  // Nothing of the machine but the network and the two settings that the client looks for.
  { name: "Deno", program: find("deno/node_modules/@deno/*/deno"), args: ["run", "--no-prompt", "--no-lock", "--node-modules-dir=manual", "--allow-net=127.0.0.1", "--allow-env=AGENT_API_URL,AGENT_API_KEY"] },
  { name: "Bun", program: find("bun/node_modules/@oven/*/bin/bun"), args: [] },
];

/** Chromium, where it is installed; null otherwise. */
export function findChromium(): string | null {
  const { CHROMIUM_PATH = "" } = process.env;
  return [CHROMIUM_PATH, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path !== "" && existsSync(path)) ?? null;
}

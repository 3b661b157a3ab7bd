import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const program = fileURLToPath(new URL("../src/demo.ts", import.meta.url));

let scratch: string;
let runtimes: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "demo-"));
  runtimes = await mkdtemp(join(tmpdir(), "demo-runtimes-"));
});
afterEach(async () => {
  await rm(scratch, { recursive: true, force: true });
  await rm(runtimes, { recursive: true, force: true });
});

interface Run {
  /** Exit code, or the signal's name. */
  readonly ended: number | string;
  readonly output: string;
}

/** Runs the demo with a temporary directory of its own; sends `signal` when `when` was printed. */
function runDemo(args: readonly string[], interruption?: { readonly when: string; readonly signal: NodeJS.Signals }): Promise<Run> {
  const env = { PATH: process.env["PATH"], HOME: scratch, TMPDIR: scratch, AGENT_SDK_RUNTIME_DIR: runtimes, AGENT_SDK_ISOLATION: "process", DATABASE_URL: "postgres://not-for-the-demo" };
  const child = spawn(process.execPath, ["--conditions=@agent-sdk/source", program, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let sent = false;
  const note = (text: string): void => {
    output += text;
    if (sent || interruption === undefined || !output.includes(interruption.when)) return;
    sent = true;
    child.kill(interruption.signal);
  };
  child.stdout.setEncoding("utf8").on("data", note);
  child.stderr.setEncoding("utf8").on("data", note);
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ ended: signal ?? code ?? -1, output }));
  });
}

/** Files in the demo's temporary directory, and processes that were started with it. */
async function leftovers(): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  // A process may end between being listed and being read.
  const bearing = await Promise.all(pids.map(async (pid) => (await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")).includes(scratch)));
  return [...(await readdir(scratch)), ...pids.filter((_, index) => bearing[index])];
}

it("does the main job and leaves nothing behind", async () => {
  const { ended, output } = await runDemo(["--agent", "demo"]);
  expect(output).toMatch(/file hello\.txt:\n +\| Hello from a sandbox\.\n/);
  expect(output).toContain("conversation restored: resume");
  expect(output).toMatch(/the agent recalled the first prompt: it knows the code word heron-\d{5}\n/);
  expect(ended).toBe(0);
  expect(await leftovers()).toEqual([]);
});

it("fails with a sentence when the agent does, and when it does not know what was asked for", async () => {
  const dead = await runDemo(["--agent", "demo", "--prompt", "/die code=3"]);
  expect(dead).toMatchObject({ ended: 1, output: expect.stringContaining("error: The prompt failed (sandbox_process_died)") as string });
  const unknown = await runDemo(["--agent", "nobody"]);
  expect(unknown).toMatchObject({ ended: 1, output: expect.stringContaining('error: There is no agent type "nobody".') as string });
  expect(await runDemo(["--nothing"])).toMatchObject({ ended: 2 });
  expect(await leftovers()).toEqual([]);
});

it.each(["SIGINT", "SIGKILL"] as const)("leaves nothing behind when %s ends it in the middle of a turn", async (signal) => {
  const { ended } = await runDemo(["--agent", "demo", "--prompt", "/emit count=1000 rate=5"], { when: "#2", signal });
  expect(ended).toBe(signal === "SIGINT" ? 1 : "SIGKILL");
  await expect.poll(leftovers, { timeout: 60_000, interval: 100 }).toEqual([]);
});

it("with --keep leaves a server that answers until it is told to end", async () => {
  const { ended, output } = await runDemo(["--agent", "demo", "--keep"]);
  expect(ended).toBe(0);
  const url = /the server stays: (\S+)/.exec(output)?.[1] ?? "";
  const pid = Number(/with: kill (\d+)/.exec(output)?.[1]);
  try {
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: "ok", sessions: 1 });
  } finally {
    process.kill(pid, "SIGTERM");
  }
  await expect.poll(leftovers, { timeout: 60_000, interval: 100 }).toEqual([]);
});

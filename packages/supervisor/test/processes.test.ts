import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers, collect, launch, prompt, startRun, startSupervisor } from "./harness.ts";

/** The pids of processes whose command line has exactly this argument. */
async function running(argument: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [command, status] = await Promise.all([readFile(`/proc/${pid}/cmdline`, "utf8"), readFile(`/proc/${pid}/stat`, "utf8")]).catch(() => ["", ""]);
      return command.split("\0").includes(argument) && !/\) Z/.test(status) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

const cases = [
  ["forked twice into a session of its own", "daemon", "987653"],
  ["the other one of that session", "daemon", "987654"],
  ["without the environment", "bare", "987655"],
  ["without the environment and orphaned", "hidden", "987656"],
] as const;

test.each(cases)("stop ends a grandchild %s", async (_name, kind, argument) => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  await prompt(client, `spawn ${kind}`);
  await expect.poll(() => running(argument)).toHaveLength(1);
  // Whoever hides completely is found by having been seen before, which takes the supervisor up to two seconds.
  if (kind === "hidden") await delay(2500);
  await client.stopAgent("run", { generation: 1 });
  expect(await running(argument)).toEqual([]);
});

test.each(cases.slice(0, 3))("an agent killed from outside takes along a grandchild %s", async (_name, kind, argument) => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  await prompt(client, `spawn ${kind}`);
  await expect.poll(() => running(argument)).toHaveLength(1);
  if (kind === "bare") await delay(2500);
  process.kill((await client.agentStatus("run")).pid!, "SIGKILL");
  await collect(client);
  expect(await running(argument)).toEqual([]);
}, 10_000);

test("a process that ignores SIGTERM is killed after the grace period", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await client.startAgent("run", launch({ command: "sh", args: ["-c", "trap '' TERM; echo '{}'; while :; do sleep 987657; done"] }), { generation: 1 });
  await expect.poll(() => running("987657")).toHaveLength(1);
  expect(await client.stopAgent("run", { generation: 1, graceMs: 100 })).toMatchObject({ state: "exited", exitSignal: "SIGKILL" });
  expect(await running("987657")).toEqual([]);
});

test("a stopped agent is ended too", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  const { pid } = await client.agentStatus("run");
  process.kill(pid!, "SIGSTOP");
  expect(await client.stopAgent("run", { generation: 1, graceMs: 200 })).toMatchObject({ state: "exited" });
});

test("an agent that does not read its input is wedged", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await client.startAgent("run", launch({ command: "sleep", args: ["60"] }), { generation: 1 });
  await client.send("run", { jsonrpc: "2.0", method: "_big", params: { text: "x".repeat(1_000_000) } }, { generation: 1 });
  await expect.poll(async () => (await client.health()).runs[0]?.wedged, { timeout: 6000 }).toBe(true);
}, 10_000);

test("exec is bounded at the source and the command does not block", async () => {
  await using supervisor = await startSupervisor();
  const result = await supervisor.client.exec({ command: "head -c 5000000 /dev/zero | tr '\\0' x; head -c 1500000 /dev/zero | tr '\\0' 'y' >&2; exit 3", timeoutMs: 10_000 });
  expect(result).toMatchObject({ exitCode: 3, stdoutTruncated: true, stderrTruncated: true });
  expect([result.stdout.length, result.stderr.length]).toEqual([1_000_000, 1_000_000]);
  const cut = await supervisor.client.exec({ command: "printf x; yes é | head -c 3000000 | tr -d '\\n'", timeoutMs: 10_000 });
  expect(cut.stdout.endsWith("é")).toBe(true);
});

test("exec at its time-out kills the command with its grandchildren", async () => {
  await using supervisor = await startSupervisor();
  const result = await supervisor.client.exec({ command: "echo before; setsid sleep 987658 & sleep 987658", timeoutMs: 300 });
  expect(result).toEqual({ stdout: "before\n", stderr: "", exitCode: null, signal: "SIGKILL", stdoutTruncated: false, stderrTruncated: false, timedOut: true });
  expect(await running("987658")).toEqual([]);
});

test("exec of a caller that leaves is killed", async () => {
  await using supervisor = await startSupervisor();
  const abort = new AbortController();
  const call = supervisor.client.exec({ command: "sleep 987659", timeoutMs: 60_000 }, { signal: abort.signal });
  await expect.poll(() => running("987659")).toHaveLength(1);
  abort.abort(new Error("gone"));
  await expect(call).rejects.toThrow("gone");
  await expect.poll(() => running("987659")).toEqual([]);
});

test("exec leaves a background process alive until the supervisor ends", async () => {
  const supervisor = await startSupervisor();
  const result = await supervisor.client.exec({ command: "sleep 987660 & echo started", timeoutMs: 5000 });
  expect(result).toMatchObject({ stdout: "started\n", exitCode: 0, timedOut: false });
  expect(await running("987660")).toHaveLength(1);
  await supervisor[Symbol.asyncDispose]();
  expect(await running("987660")).toEqual([]);
});

test("exec checks its directory and its variables", async () => {
  await using supervisor = await startSupervisor();
  const { client, root } = supervisor;
  await client.files.mkdir("sub");
  expect((await client.exec({ command: "pwd", timeoutMs: 5000, cwd: "sub" })).stdout).toBe(`${root}/sub\n`);
  expect((await client.exec({ command: "pwd", timeoutMs: 5000, cwd: root })).stdout).toBe(`${root}\n`);
  await expect(client.exec({ command: "pwd", timeoutMs: 5000, cwd: "/" })).rejects.toMatchObject({ code: "forbidden" });
  await expect(client.exec({ command: "pwd", timeoutMs: 5000, cwd: ".." })).rejects.toMatchObject({ code: "forbidden" });
  await expect(client.exec({ command: "pwd", timeoutMs: 5000, cwd: "missing" })).rejects.toMatchObject({ code: "not_found" });
  for (const name of ["A-B", "1A", "", "A=B", "A;B"]) await expect(client.exec({ command: "true", timeoutMs: 5000, env: { [name]: "x" } })).rejects.toMatchObject({ code: "bad_request" });
  expect((await client.exec({ command: "env | grep -c SUPERVISOR; true", timeoutMs: 5000 })).stdout).toBe("0\n");
});

test("a run goes on while its readers come and go", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  await prompt(client, "rate 100 1");
  for await (const _batch of client.journal("run", { after: 0 })) break;
  const records = await collect(client, { isLast: answers("prompt") });
  expect(records).toHaveLength(104);
});

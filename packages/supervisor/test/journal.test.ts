import { once } from "node:events";
import { readdir, readFile, truncate } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { JournalRecord, SupervisorClient } from "@agent-sdk/core";
import { expect, test } from "vitest";
import { tokenHeader } from "../src/index.ts";
import { answers, collect, isRunning, launch, prompt, type RunningSupervisor, startRun, startSupervisor, textOf } from "./harness.ts";

/** A generator of numbers that is the same in every run: a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function updates(records: readonly JournalRecord[]): number[] {
  return records.flatMap((record) => {
    const text = textOf(record);
    return text !== undefined && /^\d/.test(text) ? [Number.parseInt(text, 10)] : [];
  });
}

function count(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

/** Reads until `isLast` or until it drops the connection by chance. */
async function readSome(client: SupervisorClient, after: number, most: number, isLast: (record: JournalRecord) => boolean): Promise<{ records: JournalRecord[]; isOver: boolean }> {
  const records: JournalRecord[] = [];
  for await (const batch of client.journal("run", { after })) {
    for (const record of batch) {
      records.push(record);
      if (isLast(record)) return { records, isOver: true };
      if (records.length >= most) return { records, isOver: false };
    }
  }
  return { records, isOver: true };
}

test("50,000 updates arrive once and in order while the reader reconnects at random", async () => {
  await using supervisor = await startSupervisor({ listen: "unix" });
  const { client } = supervisor;
  await startRun(client);
  const random = seeded(20_261_120);
  await prompt(client, "flood 50000 40");
  const all: JournalRecord[] = [];
  let connections = 0;
  for (let isOver = false; !isOver; connections++) {
    const part = await readSome(client, all.length, 1 + Math.floor(random() * 6000), answers("prompt"));
    all.push(...part.records);
    isOver = part.isOver;
  }
  expect(connections).toBeGreaterThan(5);
  expect(all.map((record) => record.position)).toEqual(count(1, all.length));
  expect(updates(all)).toEqual(count(1, 50_000));
});

test("readers at different places get the same records", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  await prompt(client, "flood 20000");
  await collect(client, { isLast: (record) => record.position === 1000 });
  const readers = await Promise.all([0, 1, 2, 500, 1000].map((after) => collect(client, { after, isLast: answers("prompt") })));
  for (const records of readers) expect(records.at(-1)).toEqual(readers[0]!.at(-1));
  expect(readers.map((records) => records[0]?.position)).toEqual([1, 2, 3, 501, 1001]);
  expect(readers[3]).toEqual(readers[0]!.slice(500));
});

/** A reader that opens the stream and then reads nothing. */
async function stuckReader(supervisor: RunningSupervisor): Promise<Disposable> {
  const request = get(`${supervisor.endpoint.url}/v1/runs/run/journal?after=0`, { headers: { [tokenHeader]: supervisor.endpoint.token } });
  const [response] = (await once(request, "response")) as [NodeJS.ReadableStream & { destroy(): void }];
  response.pause();
  return { [Symbol.dispose]: () => request.destroy() };
}

test("readers that do not read cost the supervisor no memory and the others nothing", async () => {
  await using supervisor = await startSupervisor();
  const { client, process: child } = supervisor;
  await startRun(client);
  await prompt(client, "flood 5000 1000", "warm");
  await collect(client, { isLast: answers("warm") });
  const stuck = await Promise.all([1, 2, 3, 4].map(() => stuckReader(supervisor)));
  const before = await memoryOf(child.pid!);
  await prompt(client, "flood 40000 1000");
  const records = await collect(client, { after: 5003, isLast: answers("prompt") });
  expect(updates(records)).toEqual(count(1, 40_000));
  // Four readers missed 45 MB each; a queue would show.
  expect((await memoryOf(child.pid!)) - before).toBeLessThan(45_000_000);
  for (const reader of stuck) reader[Symbol.dispose]();
});

test("a full journal that may not drop stops the agent until it is acknowledged, and loses nothing", async () => {
  await using supervisor = await startSupervisor({ journalBytes: 256 * 1024 });
  const { client } = supervisor;
  await startRun(client, "run", { overflow: "block" });
  await prompt(client, "flood 20000 100");
  const positionNow = async (): Promise<number> => (await client.agentStatus("run")).lastPosition;
  let stalledAt = await positionNow();
  await expect
    .poll(async () => {
      const before = stalledAt;
      stalledAt = await positionNow();
      return stalledAt > 1000 && stalledAt === before;
    }, { interval: 150 })
    .toBe(true);
  expect(stalledAt).toBeLessThan(5000);
  expect((await client.agentStatus("run")).firstPosition).toBe(1);
  const seen: number[] = [];
  for await (const batch of client.journal("run", { after: 0 })) {
    seen.push(...updates(batch));
    await client.acknowledge("run", batch.at(-1)!.position, { generation: 1 });
    if (batch.some(answers("prompt"))) break;
  }
  expect(seen).toEqual(count(1, 20_000));
  expect((await client.agentStatus("run")).firstPosition).toBeGreaterThan(1);
});

test("a full journal that may drop keeps the newest and refuses older positions", async () => {
  await using supervisor = await startSupervisor({ journalBytes: 256 * 1024 });
  const { client, directory } = supervisor;
  await startRun(client);
  await prompt(client, "flood 20000 100");
  await expect.poll(async () => (await client.agentStatus("run")).pendingRequests, { timeout: 10_000 }).toBe(0);
  const { firstPosition, lastPosition } = await client.agentStatus("run");
  expect(lastPosition).toBe(20_004);
  expect(firstPosition).toBeGreaterThan(15_000);
  await expect(collect(client)).rejects.toMatchObject({ code: "cursor_expired", details: { firstPosition } });
  await expect(collect(client, { after: lastPosition + 1 })).rejects.toMatchObject({ code: "cursor_expired" });
  const kept = await collect(client, { after: firstPosition - 1, isLast: answers("prompt") });
  expect(kept.map((record) => record.position)).toEqual(count(firstPosition, lastPosition));
  const segments = await readdir(join(directory, "state", "runs", "run"));
  expect(segments.length).toBeLessThan(20);
});

test("after a crash of the supervisor its runs are over and their journals readable, a torn record is dropped", async () => {
  await using supervisor = await startSupervisor();
  const { client, directory } = supervisor;
  await startRun(client);
  await prompt(client, "flood 1000");
  const before = await collect(client, { isLast: answers("prompt") });
  const { pid } = await client.agentStatus("run");
  supervisor.process.kill("SIGKILL");
  await once(supervisor.process, "exit");
  const segment = join(directory, "state", "runs", "run", "0000000000000001.ndjson");
  const { length } = await readFile(segment);
  await truncate(segment, length - 10);
  await using second = await supervisor.restart("SIGKILL");
  expect(await isRunning(pid!)).toBe(false);
  const after = await collect(second.client);
  expect(after.slice(0, -1)).toEqual(before.slice(0, -1));
  expect(JSON.parse(after.at(-1)!.message)).toMatchObject({ method: "_agent_sdk/agent_exited", params: { reason: "supervisor_restarted" } });
  expect(await second.client.health()).toMatchObject({ runs: [{ runId: "run", state: "exited", lastPosition: before.length }] });
  expect(await second.client.startAgent("run", launch(), { generation: 1 })).toMatchObject({ state: "exited" });
});

test("the journal of a run that ended by itself is the same after a restart", async () => {
  await using supervisor = await startSupervisor();
  await startRun(supervisor.client);
  await prompt(supervisor.client, "die 7");
  const before = await collect(supervisor.client);
  await using second = await supervisor.restart("SIGTERM");
  expect(await collect(second.client)).toEqual(before);
  expect(await second.client.agentStatus("run")).toMatchObject({ state: "exited", exitCode: 7, stderrTail: ["last words"] });
});

test("an idle stream stays open", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  const abort = new AbortController();
  const reading = (async () => {
    for await (const batch of client.journal("run", { after: 3, signal: abort.signal })) return batch;
    return [];
  })();
  await delay(5500);
  await prompt(client, "echo");
  expect((await reading)[0]?.message).toContain('"id":"prompt"');
  abort.abort();
}, 15_000);

test("aborting a journal stream rejects with the caller's reason", async () => {
  await using supervisor = await startSupervisor();
  await startRun(supervisor.client);
  const abort = new AbortController();
  const reason = new Error("enough");
  const reading = (async () => {
    for await (const _batch of supervisor.client.journal("run", { after: 3, signal: abort.signal })) abort.abort(reason);
  })();
  await delay(50);
  abort.abort(reason);
  await expect(reading).rejects.toBe(reason);
});

import { isJsonObject, type JsonValue } from "@agent-sdk/core";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Hints } from "./contract/arbitrary.ts";
import { AnswerCheck } from "./contract/check-answer.ts";
import { readDescription, type DescribedOperation, type Description } from "./contract/document.ts";
import { kindOfCollection, known, KnownValues, type Known } from "./contract/known-values.ts";
import { brokenRequests, validRequests, type GeneratedRequest, type RequestContext } from "./contract/requests.ts";
import { send, withKnown, type ReceivedAnswer } from "./contract/send.ts";
import { startRealServer, type RealServer } from "./support/real-server.ts";

/** Of each operation at least so many, and of all together at least 2,000. */
const leastPerOperation = 40;
const leastOfAll = 2200;
const concurrency = 6;

/** The same at every run, so that a failure is the change's and not the dice's; `CONTRACT_SEED` takes another. */
const seed = Number(process.env["CONTRACT_SEED"] ?? 620_512_366);

/** Commands that are run for real, on the machine of the test: none that is made up. */
const commands = fc.constantFrom("true", "echo hello", "exit 3", "printf '\\377\\376'", "echo err >&2", "cat", "kill -9 $$", "head -c 2000000 /dev/zero", "sleep 0.2");
const paths = fc.constantFrom("a.txt", "b/c.txt", "missing.txt", ".", "..", "/etc/hostname", "a.txt/x", "ü ä");

const hints: Hints = {
  after: fc.constantFrom(0, 1, 5, 1_000_000),
  agent_type: fc.constant("demo"),
  agent_id: known("agent"),
  args: commands,
  command: commands,
  content: fc.constantFrom("aGVsbG8=", ""),
  message: fc.constantFrom("hello", "/write path=a.txt text=hello", "/error boom", "/tool title=x status=failed", "/refuse", "/nonsense", "/sleep ms=50", "/usage"),
  model: fc.constantFrom("scripted-small", "scripted-large", "gpt-none"),
  new_path: paths,
  pre_start_commands: commands,
  path: paths,
  provider: fc.constant("unix_local"),
  // A sandbox for each of hundreds of sessions would only test patience.
  provision: fc.constant(false),
  volume_id: known("volume"),
  "/doc": fc.constantFrom("swagger-ui.css", "start.js", "favicon-32x32.png", "nothing.js"),
};

const examples: RequestContext["examples"] = {
  editFile: fc.constantFrom({ path: "a.txt", content: "hello" }, { path: known("file"), old_string: "content", new_string: "other" }),
  renameFile: fc.record({ path: known("file"), new_path: fc.constantFrom("moved.txt", "b/moved.txt"), overwrite: fc.constantFrom(true, null) }),
  deleteFile: fc.record({ path: known("file") }),
};

/** What is run for real. */
const run: ReadonlySet<string> = new Set(["args", "command", "pre_start_commands"]);

/** Not to be done to the session that everything else is asked of. */
const destructive: ReadonlySet<string> = new Set(["reap", "release"]);

let server: RealServer;
let description: Description;
let check: AnswerCheck;
const values = new KnownValues();

async function create(fields: Record<string, unknown>): Promise<Readonly<Record<string, string>>> {
  const response = await fetch(`${server.url}/sessions`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ agent_type: "demo", ...fields }) });
  if (!response.ok) throw new Error(`no session: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

beforeAll(async () => {
  server = await startRealServer();
  description = await readDescription(server.url);
  check = new AnswerCheck(description, server.home);
  const lasting = await create({});
  for (const kind of ["session", "agent", "volume"]) values.addLasting(kind, lasting[`${kind}_id`] ?? "");
  const { session_id: busy = "" } = await create({ provision: false });
  values.addLasting("busy session", busy);
  await sendTo(busy, "/hang");
}, 120_000);
afterAll(() => server[Symbol.asyncDispose](), 120_000);

/** What an answer tells of things that there are now. */
function learn(operation: DescribedOperation, { status, text, headers }: ReceivedAnswer): void {
  if (status >= 300 || !(headers.get("content-type") ?? "").startsWith("application/json")) return;
  const answer = JSON.parse(text) as JsonValue;
  if (!isJsonObject(answer)) return;
  const isNew = operation.method === "POST" && !operation.path.endsWith("}");
  const { id, session_id: session, rpc_id: prompt } = answer;
  if (isNew && typeof id === "string") values.addSpare(kindOfCollection(operation.path), id);
  if (operation.id === "fork" && typeof session === "string") values.addSpare("session", session);
  if (typeof prompt === "string") values.addSpare("prompt", prompt);
}

function isDestructive(operation: DescribedOperation): boolean {
  return operation.method === "DELETE" || destructive.has(operation.id);
}

/** Sets up what an operation is about where that is rarely there by chance. */
const preparations: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
  editFile: newFile,
  renameFile: newFile,
  deleteFile: newFile,
  readVolumeFile: volumeFiles,
  downloadVolumeFile: volumeFiles,
  withdrawPrompt: async () => {
    const session = values.pick({ kind: "busy session", index: 0 }) ?? "";
    return { session, prompt: await sendTo(session, "/say waits behind the other") };
  },
};

let files = 0;

async function newFile(): Promise<Readonly<Record<string, string>>> {
  const file = `made-${(files += 1)}.txt`;
  const session = values.pick({ kind: "session", index: 0 }) ?? "";
  const response = await fetch(`${server.url}/sessions/${session}/files/upload?path=${file}`, { method: "PUT", body: "content" });
  if (!response.ok) throw new Error(`no file: ${response.status} ${await response.text()}`);
  return { file };
}

/** Files of the lasting volume at some of the paths that are asked for; others of the test may have deleted them. */
async function volumeFiles(): Promise<Readonly<Record<string, string>>> {
  const volume = values.pick({ kind: "volume", index: 0 }) ?? "";
  for (const path of ["a.txt", "ü ä", "missing.txt"]) {
    const response = await fetch(`${server.url}/volumes/${volume}/files/upload?path=${encodeURIComponent(path)}`, { method: "PUT", body: "content" });
    // A directory may be in its place by now.
    if (response.status >= 500) throw new Error(`no file: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }
  return {};
}

async function sendTo(session: string, message: string): Promise<string> {
  const response = await fetch(`${server.url}/sessions/${session}/message`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) });
  if (!response.ok) throw new Error(`no prompt: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { readonly rpc_id: string }).rpc_id;
}

async function resolverOf(operation: DescribedOperation): Promise<(known: Known) => string> {
  const nobody = "00000000-0000-4000-8000-000000000000";
  const prepared = await preparations[operation.id]?.();
  if (prepared !== undefined) return (wanted) => prepared[wanted.kind] ?? values.pick(wanted) ?? nobody;
  const keepsSession = !isDestructive(operation) || /\{id\}\/\w+\/\{/.test(operation.path);
  const spare = keepsSession ? undefined : (values.take("session") ?? (await create({ provision: false }))["session_id"]);
  return (wanted) => {
    if (wanted.kind === "session" && spare !== undefined) return spare;
    if (isDestructive(operation) && wanted.kind !== "session") return values.take(wanted.kind) ?? nobody;
    return values.pick(wanted) ?? nobody;
  };
}

interface Outcome {
  readonly statuses: Map<number, number>;
  readonly problems: string[];
  /** What was said by those answers above 499 that are allowed. */
  readonly reasons: Set<string>;
}

async function ask(operation: DescribedOperation, generated: GeneratedRequest, outcome: Outcome): Promise<void> {
  const request = withKnown(generated, await resolverOf(operation));
  const answer = await send(server.url, operation, request);
  outcome.statuses.set(answer.status, (outcome.statuses.get(answer.status) ?? 0) + 1);
  if (answer.status > 501) outcome.reasons.add(`${answer.status}: ${answer.text}`);
  learn(operation, answer);
  const problem = check.problem(operation, request, answer);
  if (problem !== null) outcome.problems.push(`${operation.id}: ${problem}\n  request: ${JSON.stringify(request).slice(0, 600)}`);
}

/** Round after round through all operations, so that what one makes the next can use. */
function* schedule(requests: ReadonlyMap<DescribedOperation, readonly GeneratedRequest[]>): Generator<readonly [DescribedOperation, GeneratedRequest]> {
  const longest = Math.max(...[...requests.values()].map((list) => list.length));
  for (let round = 0; round < longest; round += 1) {
    for (const [operation, list] of requests) {
      const request = list[round];
      if (request !== undefined) yield [operation, request];
    }
  }
}

function generate(operations: readonly DescribedOperation[]): ReadonlyMap<DescribedOperation, readonly GeneratedRequest[]> {
  const context: RequestContext = { schemas: description.schemas, hints, only: run, examples };
  const numRuns = Math.max(leastPerOperation, Math.ceil(leastOfAll / operations.length));
  return new Map(operations.map((operation) => [operation, fc.sample(fc.oneof(validRequests(operation, context), brokenRequests(operation, context)), { seed, numRuns })]));
}

it("answers whatever is asked as it is described", { timeout: 600_000 }, async () => {
  const requests = generate(description.operations);
  const outcomes = new Map([...requests.keys()].map((operation) => [operation, { statuses: new Map<number, number>(), problems: [] as string[], reasons: new Set<string>() }] as const));
  const work = schedule(requests);
  const worker = async (): Promise<void> => {
    for (const [operation, request] of work) {
      const outcome = outcomes.get(operation);
      if (outcome !== undefined) await ask(operation, request, outcome);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const counts = [...outcomes].map(([{ id }, { statuses, reasons }]) => [`${id} ${JSON.stringify(Object.fromEntries([...statuses].toSorted(([left], [right]) => left - right)))}`, ...[...reasons].slice(0, 3)].join("\n  "));
  const total = [...requests.values()].reduce((sum, list) => sum + list.length, 0);
  console.log(`${total} requests, CONTRACT_SEED=${seed}, ${Math.round((performance.now() - started) / 1000)} s\n${counts.join("\n")}`);
  expect([...outcomes.values()].flatMap(({ problems }) => problems)).toEqual([]);
  expect(total).toBeGreaterThanOrEqual(2000);
  // A test that only ever met refusals would show nothing.
  const unreached = [...outcomes].filter(([, { statuses }]) => ![...statuses.keys()].some((status) => status < 300 || status === 501));
  expect(unreached.map(([{ id }]) => id)).toEqual([]);
});

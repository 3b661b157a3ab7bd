import { isAgentSdkError, type JsonRpcMessage, systemEnv } from "@agent-sdk/core";
import { describe, expect, test } from "vitest";
import { supervisorTransport } from "../src/client/index.ts";
import { answers, collect, isRunning, launch, prompt, startRun, startSupervisor, textOf } from "./harness.ts";

describe.each(["tcp", "unix"] as const)("a run over %s", (listen) => {
  test("carries messages both ways, byte for byte", async () => {
    await using supervisor = await startSupervisor({ listen });
    const { client } = supervisor;
    await startRun(client);
    const odd = '{"method":"_vendor/odd", "jsonrpc" : "2.0","params":{"b":1.0,"a":"\\u00e9"},"x":[1 ,2]}';
    await prompt(client, `raw ${odd}`);
    const records = await collect(client, { isLast: answers("prompt") });
    expect(records.map((record) => record.position)).toEqual(records.map((_, index) => index + 1));
    expect(records.map((record) => record.message)).toContain(odd);
    expect(records[0]?.message).toContain('"id":"init"');
  });
});

test("a wrong token is refused on every route", async () => {
  await using supervisor = await startSupervisor();
  await using client = supervisorTransport(systemEnv()).connect({ ...supervisor.endpoint, token: "wrong" });
  await expect(client.health()).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(client.startAgent("run", launch(), { generation: 1 })).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(client.exec({ command: "true", timeoutMs: 1000 })).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(collect(client)).rejects.toMatchObject({ code: "unauthenticated" });
});

test("a lower generation is refused, also after a restart", async () => {
  await using supervisor = await startSupervisor();
  await supervisor.client.fence({ generation: 7 });
  await expect(supervisor.client.startAgent("run", launch(), { generation: 6 })).rejects.toMatchObject({ code: "superseded", details: { generation: 7 } });
  await using second = await supervisor.restart("SIGKILL");
  await expect(second.client.fence({ generation: 6 })).rejects.toMatchObject({ code: "superseded" });
  expect(await second.client.fence({ generation: 7 })).toMatchObject({ generation: 7 });
});

test("a generation far above the highest seen is refused and changes nothing", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await client.fence({ generation: 5 });
  for (const generation of [1_000_006, Number.MAX_SAFE_INTEGER]) {
    await expect(client.fence({ generation })).rejects.toMatchObject({ code: "bad_request", details: { generation: 5 } });
    await expect(client.startAgent("run", launch(), { generation })).rejects.toMatchObject({ code: "bad_request" });
  }
  expect(await client.fence({ generation: 6 })).toMatchObject({ generation: 6, runs: [] });
  expect(await client.fence({ generation: 1_000_006 })).toMatchObject({ generation: 1_000_006 });
});

test("starting twice starts once", async () => {
  await using supervisor = await startSupervisor();
  const first = await supervisor.client.startAgent("run", launch(), { generation: 1 });
  const second = await supervisor.client.startAgent("run", launch(), { generation: 1 });
  expect(second.pid).toBe(first.pid);
  expect((await supervisor.client.health()).runs).toHaveLength(1);
});

test("a command id is obeyed once", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  const message: JsonRpcMessage = { jsonrpc: "2.0", method: "session/cancel", params: { n: 1 } };
  const sent = await Promise.all([1, 2, 3].map(() => client.send("run", message, { generation: 1, commandId: "c1" })));
  expect(sent.filter((answer) => !answer.duplicate)).toHaveLength(1);
  await prompt(client, "echo");
  const records = await collect(client, { isLast: answers("prompt") });
  expect(records.filter((record) => record.message.includes("_fixture/heard"))).toHaveLength(1);
});

test("an agent that dies fails its requests, says why, and ends the journal", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  await prompt(client, "die 3");
  const records = await collect(client);
  const [failure, last] = records.slice(-2).map((record) => JSON.parse(record.message) as unknown);
  const data = { exit_code: 3, signal: null, stderr: ["last words"] };
  expect(failure).toMatchObject({ id: "prompt", error: { code: -32603, data: { kind: "agent_exited", ...data } } });
  expect(last).toMatchObject({ method: "_agent_sdk/agent_exited", params: data });
  expect(await client.agentStatus("run")).toMatchObject({ state: "exited", exitCode: 3, pendingRequests: 0, stderrTail: ["last words"] });
  await expect(prompt(client, "echo", "late")).rejects.toMatchObject({ code: "conflict" });
});

test("SIGKILL of the agent is reported with its signal", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  await prompt(client, "hang");
  const { pid } = await client.agentStatus("run");
  process.kill(pid!, "SIGKILL");
  const records = await collect(client);
  expect(JSON.parse(records.at(-1)!.message)).toMatchObject({ params: { exit_code: null, signal: "SIGKILL" } });
});

test("a command that does not exist is a run that has exited", async () => {
  await using supervisor = await startSupervisor();
  await supervisor.client.startAgent("run", launch({ command: "/no/such/agent" }), { generation: 1 });
  const records = await collect(supervisor.client);
  expect(records).toHaveLength(1);
  expect(await supervisor.client.agentStatus("run")).toMatchObject({ state: "exited", exitCode: null });
});

test("stop ends the agent", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  expect(await client.stopAgent("run", { generation: 1 })).toMatchObject({ state: "exited" });
  expect(await client.stopAgent("run", { generation: 1 })).toMatchObject({ state: "exited" });
  expect((await collect(client)).at(-1)?.message).toContain("_agent_sdk/agent_exited");
});

test("an unknown run is not found", async () => {
  await using supervisor = await startSupervisor();
  await expect(supervisor.client.agentStatus("nothing")).rejects.toSatisfy((error) => isAgentSdkError(error, "not_found"));
});

test("a message split in the middle of characters arrives whole", async () => {
  await using supervisor = await startSupervisor();
  await startRun(supervisor.client);
  await prompt(supervisor.client, "split");
  const records = await collect(supervisor.client, { isLast: answers("prompt") });
  expect(records.map(textOf)).toContain("grüße 🙂 日本");
});

test("a message of 8 MB arrives", async () => {
  await using supervisor = await startSupervisor();
  await startRun(supervisor.client);
  await prompt(supervisor.client, "big 8000000");
  const records = await collect(supervisor.client, { isLast: answers("prompt") });
  expect(records.some((record) => textOf(record) === "y".repeat(8_000_000))).toBe(true);
});

test("a message beyond 32 MiB fails the run with the reason", async () => {
  await using supervisor = await startSupervisor();
  await startRun(supervisor.client);
  await prompt(supervisor.client, `big ${34 * 1024 * 1024}`);
  const records = await collect(supervisor.client);
  expect(records.at(-1)?.message).toContain("longer than 33554432 bytes");
});

test("the supervisor's own settings do not reach the agent", async () => {
  await using supervisor = await startSupervisor();
  await startRun(supervisor.client);
  await prompt(supervisor.client, "environment");
  const records = await collect(supervisor.client, { isLast: answers("prompt") });
  expect(records.map(textOf)).toContain("AGENT_SDK_PROCESS_MARKER");
});

test("a stopped agent is reported as wedged", async () => {
  await using supervisor = await startSupervisor();
  const { client } = supervisor;
  await startRun(client);
  const { pid, wedged } = await client.agentStatus("run");
  expect(wedged).toBe(false);
  process.kill(pid!, "SIGSTOP");
  await expect.poll(async () => (await client.agentStatus("run")).wedged).toBe(true);
  process.kill(pid!, "SIGCONT");
  await expect.poll(async () => (await client.agentStatus("run")).wedged).toBe(false);
});

test("exec runs a command", async () => {
  await using supervisor = await startSupervisor();
  const result = await supervisor.client.exec({ command: "cat; echo $WHO >&2; exit 4", timeoutMs: 5000, stdin: "in", env: { WHO: "me" } });
  expect(result).toEqual({ stdout: "in", stderr: "me\n", exitCode: 4, signal: null, stdoutTruncated: false, stderrTruncated: false, timedOut: false });
});

test("the supervisor ends its agents when it is asked to end", async () => {
  const supervisor = await startSupervisor();
  await startRun(supervisor.client);
  const { pid } = await supervisor.client.agentStatus("run");
  await supervisor[Symbol.asyncDispose]();
  expect(await isRunning(pid!)).toBe(false);
});

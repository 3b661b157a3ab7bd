import { Client } from "pg";
import { expect, it } from "vitest";
import { Api, Follower, counted, eventually, range, said } from "./support/api.ts";
import { testDatabase } from "./support/databases.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

interface EventRow {
  readonly seq: string;
  readonly generation: string;
}

async function eventRows(url: string, sessionId: string): Promise<readonly EventRow[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<EventRow>("select seq, generation from agent_sdk.events where session_id = $1 order by seq", [sessionId])).rows;
  } finally {
    await client.end();
  }
}

it("fences an owner that was stopped with SIGSTOP: another takes over, and what the first writes when it wakes is refused", async () => {
  await using workspace = await Workspace.create();
  await using database = await testDatabase("postgres");
  const options = { home: workspace.home, databaseUrl: database.url };
  await using first = await ServerProcess.start(options);
  const id = await new Api(first.url).session();
  const rpcId = await new Api(first.url).send(id, "/emit count=4000 rate=400");
  await using second = await ServerProcess.start(options);
  const api = new Api(second.url);
  const follower = new Follower(api, id);
  await follower.until((frame) => counted([frame], rpcId)[0] === 200);
  const owner = (await api.call("GET", `/sessions/${id}/status`))["owner"];
  await first.kill("SIGSTOP");
  await eventually(async () => {
    const now = (await api.call("GET", `/sessions/${id}/status`))["owner"];
    return now !== null && now !== owner;
  });
  await follower.until((frame) => frame.message.method === "_agent_sdk/restored");
  await first.kill("SIGCONT");
  const terminal = await follower.terminal(rpcId);
  expect(terminal.message).toMatchObject({ result: { stopReason: "end_turn" } });
  expect(counted(follower.frames, rpcId)).toEqual(range(1, 4000));
  expect(follower.seqs).toEqual(range(1, follower.seqs.length));
  const rows = await eventRows(database.url ?? "", id);
  expect(rows.map((row) => Number(row.seq))).toEqual(range(1, rows.length));
  const generations = rows.map((row) => Number(row.generation));
  expect(generations).toEqual(generations.toSorted((left, right) => left - right));
  expect(new Set(generations).size).toBeGreaterThan(1);
  expect(first.running).toBe(true);

  // The first one serves on, as any replica.
  const woken = new Api(first.url);
  const next = await woken.send(id, "hello");
  await follower.terminal(next);
  expect(said(follower.frames, next)).toBe("echo: hello");
  await follower.stop();
  await woken.call("DELETE", `/sessions/${id}`);
});

it("answers for a session on whichever server is asked", async () => {
  await using workspace = await Workspace.create();
  await using database = await testDatabase("postgres");
  const options = { home: workspace.home, databaseUrl: database.url };
  await using first = await ServerProcess.start(options);
  await using second = await ServerProcess.start(options);
  const one = new Api(first.url);
  const two = new Api(second.url);
  const id = await one.session();
  const follower = new Follower(two, id);
  const rpcId = await two.send(id, "/hang");
  await follower.until((frame) => frame.message.method === "_agent_sdk/prompt_started");
  await two.call("POST", `/sessions/${id}/cancel`, {});
  expect((await follower.terminal(rpcId)).message.result?.stopReason).toBe("cancelled");
  expect(await two.call("POST", `/sessions/${id}/sandbox/exec`, { command: "echo over there" })).toMatchObject({ stdout: "over there\n" });
  expect(await two.call("POST", `/sessions/${id}/release`, {})).toMatchObject({ lifecycle: "hibernated" });
  expect(await one.call("GET", `/sessions/${id}/sandbox`)).toMatchObject({ status: "hibernated" });
  await follower.stop();
  await two.call("DELETE", `/sessions/${id}`);
  expect((await one.request("GET", `/sessions/${id}`)).status).toBe(404);
});

it("moves a dead server's sessions to the other one, with their turns", async () => {
  await using workspace = await Workspace.create();
  await using database = await testDatabase("postgres");
  const options = { home: workspace.home, databaseUrl: database.url };
  await using first = await ServerProcess.start(options);
  await using second = await ServerProcess.start(options);
  const api = new Api(first.url);
  const sessions = await Promise.all(Array.from({ length: 4 }, () => api.session()));
  const prompts = await Promise.all(sessions.map((id) => api.send(id, "/emit count=1000 rate=300")));
  const other = new Api(second.url);
  const followers = sessions.map((id) => new Follower(other, id));
  await Promise.all(followers.map((follower, index) => follower.until((frame) => counted([frame], prompts[index] ?? "")[0] === 50)));
  await first.kill("SIGKILL");
  for (const [index, follower] of followers.entries()) {
    await follower.terminal(prompts[index] ?? "");
    await follower.stop();
    expect(counted(follower.frames, prompts[index] ?? "")).toEqual(range(1, 1000));
  }
  await Promise.all(sessions.map((id) => other.call("DELETE", `/sessions/${id}`)));
});

import { connect } from "node:net";
import { expect, it } from "vitest";
import { Api, Follower, range } from "./support/api.ts";
import { testDatabase } from "./support/databases.ts";
import { generator } from "./support/generator.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

it("gives each of 20 subscribers exactly what follows its position, while 10,000 events flow", async () => {
  await using workspace = await Workspace.create();
  await using server = await ServerProcess.start({ home: workspace.home });
  const api = new Api(server.url);
  const id = await api.session();
  const before = new Follower(api, id);
  await before.terminal(await api.send(id, "/emit count=3000"));
  const known = before.seqs.length;
  const random = generator(20_261_120);
  const rpcId = await api.send(id, "/emit count=10000 rate=5000");
  const positions = Array.from({ length: 20 }, () => Math.floor(random() * known));
  const followers: Follower[] = [];
  for (const position of positions) {
    followers.push(new Follower(api, id, position));
    await new Promise((resolve) => setTimeout(resolve, random() * 60));
  }
  for (const [index, follower] of followers.entries()) {
    const terminal = await follower.terminal(rpcId);
    await follower.stop();
    // Not one of them had to come back.
    expect(follower.goodbyes).toEqual([]);
    const last = follower.seqs.indexOf(terminal.id ?? 0) + 1;
    expect(follower.seqs.slice(0, last)).toEqual(range((positions[index] ?? 0) + 1, terminal.id ?? 0));
  }
  await before.stop();
  await api.call("DELETE", `/sessions/${id}`);
});

it("cuts off a reader that stops reading, with a reason, while the others go on and the server's memory stays flat", async () => {
  await using workspace = await Workspace.create();
  // Not the embedded database, whose own memory grows with what it holds.
  await using database = await testDatabase("postgres");
  await using server = await ServerProcess.start({ home: workspace.home, databaseUrl: database.url, env: { AGENT_SDK_STREAM_STALL_S: "1" } });
  const api = new Api(server.url);
  const id = await api.session();
  const healthy = new Follower(api, id);
  const load = "/emit count=60000 size=1000 rate=20000";
  // The same load without the stalled reader, so that what the server allocates once is not taken for growth.
  await healthy.terminal(await api.send(id, load));
  const before = await server.privateBytes();

  const stalled = connect(server.port, "127.0.0.1");
  stalled.write(`GET /sessions/${id}/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`);
  stalled.pause();
  const rpcId = await api.send(id, load);
  await healthy.terminal(rpcId);
  const after = await server.privateBytes();
  console.log(`server's private memory: ${Math.round(before / 1e6)} MB before, ${Math.round(after / 1e6)} MB after 60 MB of events past a stalled reader`);
  expect(healthy.seqs).toEqual(range(1, healthy.seqs.length));
  expect(healthy.goodbyes).toEqual([]);
  await healthy.stop();

  const received: Buffer[] = [];
  stalled.on("data", (chunk: Buffer) => received.push(chunk));
  stalled.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => void stalled.once("close", () => resolve()));
  stalled.resume();
  await closed;
  const text = Buffer.concat(received).toString("utf8");
  expect(server.output.some((line) => line.startsWith("{") && (JSON.parse(line) as { reason?: string }).reason === "slow_reader")).toBe(true);
  expect(text.length).toBeLessThan(60_000_000);
  // 60 MB went by: had they been kept for the stalled reader, it would be seen.
  expect(after - before).toBeLessThan(60_000_000);
  await api.call("DELETE", `/sessions/${id}`);
}, 120_000);

import { afterEach, describe, expect, it } from "vitest";
import { Api, Follower, type Frame, eventually, range, said } from "./support/api.ts";
import { type DatabaseKind, testDatabase } from "./support/databases.ts";
import { sandboxesOf } from "./support/processes.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

const followers: Follower[] = [];
afterEach(async () => {
  for (const follower of followers.splice(0)) await follower.stop();
});

function follow(api: Api, id: string): Follower {
  const follower = new Follower(api, id);
  followers.push(follower);
  return follower;
}

const isOwn = (name: string) => (frame: Frame): boolean => frame.message.method === `_agent_sdk/${name}`;

/** The id of the question that is open, from the stream. */
async function asked(follower: Follower): Promise<string> {
  return String((await follower.until(isOwn("permission_requested"))).message.params?.["request_id"]);
}

describe.each(["pglite", "postgres"] satisfies DatabaseKind[])("a question of the agent, on %s", (kind) => {
  it("survives kill -9 of the server: before its answer, and between the answer and the agent", async () => {
    await using workspace = await Workspace.create();
    await using database = await testDatabase(kind);
    const options = { home: workspace.home, databaseUrl: database.url };
    let server = await ServerProcess.start(options);
    const { port } = server;
    const api = new Api(server.url);
    const id = await api.session({ permissions: "ask" });
    const follower = follow(api, id);
    const rpcId = await api.send(id, "/write path=asked.txt ask=true text=written");
    const requestId = await asked(follower);
    await server.kill("SIGKILL");
    server = await ServerProcess.start({ ...options, port });

    const { permissions } = await api.call("GET", `/sessions/${id}/permissions`);
    expect(permissions).toMatchObject([{ request_id: requestId, kind: "permission", status: "open", rpc_id: rpcId, tool_call: { kind: "edit" }, options: [{ option_id: "yes", kind: "allow_once" }, {}, {}, {}] }]);
    expect(await api.call("GET", `/sessions/${id}/status`)).toMatchObject({ agent_busy: true, pending_permissions: 1 });
    expect(await api.call("POST", `/sessions/${id}/permissions/${requestId}`, { option_id: "yes" })).toMatchObject({ status: "answered", outcome: { outcome: "selected", option_id: "yes" } });
    // Wherever it was on its way to the agent: whoever comes next hands it over.
    await server.kill("SIGKILL");
    server = await ServerProcess.start({ ...options, port });
    expect(await api.request("POST", `/sessions/${id}/permissions/${requestId}`, { option_id: "no" })).toMatchObject({ status: 409, body: { code: "conflict", outcome: { option_id: "yes" } } });
    expect((await follower.terminal(rpcId)).message).toMatchObject({ result: { stopReason: "end_turn" } });
    expect(said(follower.frames, rpcId)).toBe("wrote asked.txt");
    expect(await api.call("GET", `/sessions/${id}/files/read?path=asked.txt`)).toEqual({ content: "written" });
    expect(await api.call("GET", `/sessions/${id}/permissions?status=all`)).toMatchObject({ permissions: [{ status: "delivered", policy: null }] });
    expect(follower.frames.filter(isOwn("permission_requested"))).toHaveLength(1);
    expect(follower.frames.filter(isOwn("permission_resolved"))).toHaveLength(1);
    expect(follower.seqs).toEqual(range(1, follower.seqs.length));
    await api.call("DELETE", `/sessions/${id}`);
    await server.kill("SIGTERM");
  });
});

it("is answered on a server that takes over from one that is gone", async () => {
  await using workspace = await Workspace.create();
  await using database = await testDatabase("postgres");
  const options = { home: workspace.home, databaseUrl: database.url };
  await using first = await ServerProcess.start(options);
  await using second = await ServerProcess.start(options);
  const one = new Api(first.url);
  const two = new Api(second.url);
  const id = await one.session({ permissions: "ask" });
  const follower = follow(two, id);
  const rpcId = await one.send(id, "/write path=asked.txt ask=true text=written");
  const requestId = await asked(follower);
  await first.kill("SIGKILL");
  // At once, before the other one has taken the session.
  await two.call("POST", `/sessions/${id}/permissions/${requestId}`, { option_id: "no" });
  expect((await follower.terminal(rpcId)).message).toMatchObject({ result: { stopReason: "end_turn" } });
  expect(said(follower.frames, rpcId)).toBe("not allowed to write asked.txt: selected no (reject_once)");
  expect((await two.request("GET", `/sessions/${id}/files/read?path=asked.txt`)).status).toBe(404);
  await two.call("DELETE", `/sessions/${id}`);
});

describe("an open question", () => {
  it("ends with its sandbox, before the prompt does, and the next message works", async () => {
    await using workspace = await Workspace.create();
    await using server = await ServerProcess.start({ home: workspace.home });
    const api = new Api(server.url);
    const id = await api.session({ permissions: "ask" });
    const follower = follow(api, id);
    const rpcId = await api.send(id, "/ask");
    const requestId = await asked(follower);
    const [sandbox] = await eventually(async () => {
      const found = await sandboxesOf(workspace.home);
      return found.length > 0 && found;
    });
    process.kill(sandbox?.supervisor ?? 0, "SIGKILL");
    const terminal = await follower.terminal(rpcId);
    expect(terminal.message.error?.data?.kind).toBe("sandbox_process_died");
    const resolved = follower.frames.find(isOwn("permission_resolved"));
    expect(resolved).toMatchObject({ event: `rpc:${rpcId}`, message: { params: { request_id: requestId, policy: "agent_lost", outcome: { outcome: "cancelled" } } } });
    expect(resolved?.id ?? 0).toBeLessThan(terminal.id ?? 0);
    expect(await api.request("POST", `/sessions/${id}/permissions/${requestId}`, { option_id: "yes" })).toMatchObject({ status: 409, body: { status: "lost" } });
    await follower.terminal(await api.send(id, "hello"));
    await api.call("DELETE", `/sessions/${id}`);
    await server.kill("SIGTERM");
  });

  it("is cancelled with its prompt; bodies that answer nothing are refused", async () => {
    await using workspace = await Workspace.create();
    await using server = await ServerProcess.start({ home: workspace.home });
    const api = new Api(server.url);
    const id = await api.session({ permissions: "ask" });
    const follower = follow(api, id);
    const rpcId = await api.send(id, "/ask ignore_cancel=true");
    const requestId = await asked(follower);
    const answer = (body: unknown): ReturnType<Api["request"]> => api.request("POST", `/sessions/${id}/permissions/${requestId}`, body);
    expect(await answer({})).toMatchObject({ status: 400 });
    expect(await answer({ option_id: "yes", outcome: "cancelled" })).toMatchObject({ status: 400 });
    expect(await answer({ optoin_id: "yes" })).toMatchObject({ status: 400, body: { nearest: "option_id" } });
    expect(await answer({ option_id: "maybe" })).toMatchObject({ status: 400, body: { offered: ["yes", "always", "no", "never"] } });
    expect(await api.request("POST", `/sessions/${id}/permissions/${crypto.randomUUID()}`, { option_id: "yes" })).toMatchObject({ status: 404 });
    await api.call("POST", `/sessions/${id}/cancel`, {});
    expect((await follower.terminal(rpcId)).message).toMatchObject({ result: { stopReason: "cancelled" } });
    expect(follower.frames.find(isOwn("permission_resolved"))?.message.params).toMatchObject({ policy: "prompt_cancelled" });
    expect(await answer({ option_id: "yes" })).toMatchObject({ status: 409 });
    await api.call("DELETE", `/sessions/${id}`);
    await server.kill("SIGTERM");
  });
});

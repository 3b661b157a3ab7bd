import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api, Follower, counted, said, type Frame } from "./support/api.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace } from "./support/workspace.ts";

interface LogRow {
  readonly id: number;
  readonly event_type: string;
  readonly payload: Record<string, unknown>;
}

/** What the stream says in order, in the log's words: begun prompts, whole blocks of text, endings. Written from the frames alone. */
function outline(frames: readonly Frame[]): readonly (readonly [string, string, string])[] {
  const rows: [string, string, string][] = [];
  for (const { event, message } of frames) {
    if (!event.startsWith("rpc:")) continue;
    const rpcId = event.slice("rpc:".length);
    const params = (message.params ?? {}) as { content?: { text?: string }[]; update?: { sessionUpdate?: string; content?: { text?: string } } };
    if (message.method === "_agent_sdk/prompt_started") rows.push(["user_message", rpcId, params.content?.[0]?.text ?? ""]);
    if (params.update?.sessionUpdate === "agent_message_chunk") {
      const text = params.update.content?.text ?? "";
      const last = rows.at(-1);
      if (last?.[0] === "assistant_message" && last[1] === rpcId) last[2] += text;
      else rows.push(["assistant_message", rpcId, text]);
    }
    if (message.method === undefined && message.result) rows.push(["turn_end", rpcId, String(message.result.stopReason)]);
  }
  return rows;
}

describe("a session's log", () => {
  let workspace: Workspace;
  let server: ServerProcess;
  let api: Api;

  beforeAll(async () => {
    workspace = await Workspace.create();
    server = await ServerProcess.start({ home: workspace.home });
    api = new Api(server.url);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await workspace[Symbol.asyncDispose]();
  });

  it("equals the stream, in order, with a queue and an interrupt: A cancelled, then B, then C", async () => {
    const id = await api.session();
    const follower = new Follower(api, id);
    await follower.terminal(await api.send(id, "first"));
    const a = await api.send(id, "/emit count=500 rate=50");
    await follower.until((frame) => counted([frame], a)[0] === 5);
    const b = await api.send(id, "/emit count=3");
    const c = await api.send(id, "the last", { interrupt: true });
    const ends = [await follower.terminal(a), await follower.terminal(b), await follower.terminal(c)];
    expect(ends.map((frame) => frame.message.result?.stopReason)).toEqual(["cancelled", "end_turn", "end_turn"]);
    await follower.stop();

    const rows = (await (await fetch(`${server.url}/sessions/${id}/log?limit=500`)).json()) as readonly LogRow[];
    const told = rows
      .filter((row) => ["user_message", "assistant_message", "turn_end"].includes(row.event_type))
      .map((row) => [row.event_type, String(row.payload["prompt_id"]), String(row.payload["text"] ?? row.payload["stop_reason"])]);
    expect(told).toEqual(outline(follower.frames));
    expect(told.filter(([type]) => type === "user_message").map(([, prompt]) => prompt).slice(1)).toEqual([a, b, c]);
    expect(said(follower.frames, c)).not.toBe("");
    expect(rows.map((row) => row.id)).toEqual(rows.map((row) => row.id).toSorted((left, right) => left - right));
    await api.call("DELETE", `/sessions/${id}`);
  });
});

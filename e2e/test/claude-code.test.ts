import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ScriptedModel, startScriptedModel } from "@agent-sdk/scripted-model";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api, Follower, eventually, range, said } from "./support/api.ts";
import { sandboxesOf } from "./support/processes.ts";
import { ServerProcess } from "./support/server-process.ts";
import { Workspace, runtimeDirectory } from "./support/workspace.ts";

const entry = join(runtimeDirectory, "claude", "0.100.0", "node_modules", "@agentclientprotocol", "claude-agent-acp", "dist", "index.js");
const installed = await stat(entry).then(
  () => true,
  () => false,
);
const bubblewrap = (await Promise.all((process.env["PATH"] ?? "").split(":").map((folder) => stat(join(folder, "bwrap")).catch(() => null)))).some((found) => found !== null);

describe.each([
  { isolation: "process", possible: true },
  { isolation: "namespace", possible: bubblewrap },
])("real Claude Code on the scripted model, isolation $isolation", ({ isolation, possible }) => {
  let workspace: Workspace;
  let model: ScriptedModel;
  let server: ServerProcess;
  let api: Api;

  beforeAll(async () => {
    if (!installed || !possible) return;
    workspace = await Workspace.create();
    model = await startScriptedModel();
    server = await ServerProcess.start({ home: workspace.home, env: { AGENT_SDK_ISOLATION: isolation, ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: "key-of-the-server", CLAUDE_CODE_MAX_RETRIES: "1" } });
    api = new Api(server.url);
  });

  afterAll(async () => {
    await server?.kill("SIGTERM");
    await model?.[Symbol.asyncDispose]();
    await workspace?.[Symbol.asyncDispose]();
  });

  it.skipIf(!installed || !possible)(`answers, writes a file, is cancelled, and remembers after its sandbox was killed${installed ? "" : " [skipped: Claude Code's runtime is not installed]"}${possible ? "" : " [skipped: bubblewrap is not installed]"}`, async () => {
    const id = await api.session({ agent_type: "claude" });
    const follower = new Follower(api, id);

    const text = await api.send(id, "say the first words");
    expect((await follower.terminal(text)).message).toMatchObject({ result: { stopReason: "end_turn" } });
    expect(said(follower.frames, text)).toContain("the first words");

    const write = await api.send(id, "write file=hello.txt text=written-by-claude");
    expect((await follower.terminal(write)).message).toMatchObject({ result: { stopReason: "end_turn" } });
    const row = await api.call("GET", `/sessions/${id}`);
    expect((await readFile(join(String((await api.call("GET", `/sessions/${id}/sandbox`))["root"]), "hello.txt"), "utf8")).trim()).toBe("written-by-claude");
    expect(follower.frames.some((frame) => frame.event === `rpc:${write}` && frame.message.method === "_agent_sdk/permission_resolved" && frame.message.params?.["policy"] === "allow")).toBe(true);

    const slow = await api.send(id, "stream count=500 ms=50");
    await follower.until((frame) => frame.event === `rpc:${slow}` && said([frame], slow) !== "");
    await api.call("POST", `/sessions/${id}/cancel`, {});
    expect((await follower.terminal(slow)).message).toMatchObject({ result: { stopReason: "cancelled" } });

    const supervisor = await eventually(async () => (await sandboxesOf(workspace.home)).find((sandbox) => sandbox.ref === row["sandbox_ref"])?.supervisor);
    process.kill(supervisor, "SIGKILL");
    const recall = await api.send(id, "recall");
    expect((await follower.terminal(recall)).message).toMatchObject({ result: { stopReason: "end_turn" } });
    expect(said(follower.frames, recall)).toContain("say the first words");
    const restored = follower.frames.filter((frame) => frame.message.method === "_agent_sdk/restored").map((frame) => frame.message.params?.["how"]);
    expect(restored.every((how) => how === "resume" || how === "load")).toBe(true);
    expect(restored.length).toBeGreaterThan(0);

    await follower.stop();
    expect(follower.seqs).toEqual(range(1, follower.seqs.length));
    const log = (await api.call("GET", `/sessions/${id}/log`)) as unknown as readonly { readonly event_type: string; readonly payload: Record<string, unknown> }[];
    expect(log.filter((entry) => entry.event_type === "turn_end").map((entry) => entry.payload["prompt_id"])).toEqual([text, write, slow, recall]);
    expect(server.output.join("\n")).not.toContain("key-of-the-server");
    await api.call("DELETE", `/sessions/${id}`);
  }, 120_000);
});

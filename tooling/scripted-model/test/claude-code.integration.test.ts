import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { methods, type PromptResponse, type SessionUpdate } from "@agentclientprotocol/sdk";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startScriptedModel, type ScriptedModel } from "../src/index.ts";
import { adapterPath, startClaudeCode, type ClaudeCode } from "./claude-code.ts";

interface Session {
  readonly id: string;
  prompt(text: string): Promise<PromptResponse>;
}

let home: string;
let cwd: string;
let model: ScriptedModel;

beforeEach(async (context) => {
  if (!existsSync(adapterPath)) context.skip(`Claude Code's runtime is not installed: ${adapterPath}`);
  home = await realpath(await mkdtemp(join(tmpdir(), "claude-code-")));
  cwd = join(home, "work");
  await mkdir(cwd);
  model = await startScriptedModel();
});

afterEach(async () => {
  if (!existsSync(adapterPath)) return;
  await model[Symbol.asyncDispose]();
  await expect.poll(() => processesOf(home), { timeout: 5000 }).toEqual([]);
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

/** Processes that were started with this HOME, on systems that tell. */
function processesOf(folder: string): string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).split("\0").includes(`HOME=${folder}`));
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch (error) {
    // Gone meanwhile, or another user's.
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

function sessionOf(claude: ClaudeCode, id: string): Session {
  const prompt = (text: string) => claude.acp.request(methods.agent.session.prompt, { sessionId: id, prompt: [{ type: "text", text }] });
  return { id, prompt };
}

async function newSession(claude: ClaudeCode): Promise<Session> {
  const { sessionId } = await claude.acp.request(methods.agent.session.new, { cwd, mcpServers: [] });
  return sessionOf(claude, sessionId);
}

function updatesOf(claude: ClaudeCode): SessionUpdate[] {
  return claude.messages.flatMap((message) =>
    "method" in message && message.method === "session/update" ? [(message.params as { update: SessionUpdate }).update] : [],
  );
}

function textOf(claude: ClaudeCode, kind: "agent_message_chunk" | "user_message_chunk" = "agent_message_chunk"): string {
  const chunks = updatesOf(claude).flatMap((update) => (update.sessionUpdate === kind && update.content.type === "text" ? [update.content.text] : []));
  return chunks.join("");
}

function permissionsAsked(claude: ClaudeCode): unknown[] {
  return claude.messages.flatMap((message) => ("method" in message && message.method === "session/request_permission" ? [message.params] : []));
}

describe("real Claude Code", { timeout: 60_000 }, () => {
  test("answers in the model's words, with the given key", async () => {
    await using claude = await startClaudeCode(home, model.url);
    const session = await newSession(claude);
    expect(await session.prompt("say hello from the script")).toMatchObject({ stopReason: "end_turn" });
    expect(textOf(claude)).toBe("hello from the script");
    const request = model.requests.find(({ body }) => (body as { tools: unknown[] }).tools.length > 0);
    // The first digits of the SHA-256 of "test".
    expect(request).toMatchObject({ credentialHeader: "x-api-key", credentialSha256: "9f86d081884c" });
  });

  test("writes a file by its Write tool, after a permission", async () => {
    await using claude = await startClaudeCode(home, model.url);
    const session = await newSession(claude);
    expect(await session.prompt(`write file=${cwd}/note.txt text=one\\ntwo`)).toMatchObject({ stopReason: "end_turn" });
    expect(await readFile(join(cwd, "note.txt"), "utf8")).toBe("one\ntwo");
    expect(textOf(claude)).toMatch(/^done: /);
    expect(permissionsAsked(claude)).toMatchObject([
      { toolCall: { name: "Write", kind: "edit" }, options: [{ kind: "allow_once" }, { kind: "allow_always" }, { kind: "reject_once" }] },
    ]);
    expect(updatesOf(claude)).toContainEqual(expect.objectContaining({ sessionUpdate: "tool_call", name: "Write", kind: "edit" }));
    expect(updatesOf(claude)).toContainEqual(expect.objectContaining({ sessionUpdate: "tool_call_update", status: "completed" }));
  });

  test("runs commands by its Bash tool, and hears of one that fails", async () => {
    await using claude = await startClaudeCode(home, model.url);
    const session = await newSession(claude);
    await session.prompt("run echo written > out.txt; echo shown\nsay between\nrun exit 3\nsay end");
    expect(await readFile(join(cwd, "out.txt"), "utf8")).toBe("written\n");
    expect(textOf(claude)).toMatch(/^done: shown\nbetween\s*The tool failed: Exit code 3[^]*\nend$/);
    expect(updatesOf(claude)).toContainEqual(expect.objectContaining({ sessionUpdate: "tool_call_update", status: "failed" }));
  });

  test("a cancel in the middle of a stream ends the turn, and the next one works", async () => {
    await using claude = await startClaudeCode(home, model.url);
    const session = await newSession(claude);
    const turn = session.prompt("stream count=100000 ms=10");
    await expect.poll(() => textOf(claude), { timeout: 20_000 }).toContain("#5 ");
    await claude.acp.notify(methods.agent.session.cancel, { sessionId: session.id });
    expect(await turn).toMatchObject({ stopReason: "cancelled" });
    expect(await session.prompt("say still here")).toMatchObject({ stopReason: "end_turn" });
    expect(textOf(claude)).toMatch(/still here$/);
  });

  test("every chunk of a fast stream arrives, in order", async () => {
    await using claude = await startClaudeCode(home, model.url);
    const session = await newSession(claude);
    await session.prompt("stream count=2000");
    const numbers = textOf(claude).trim().split(" ");
    expect(numbers).toEqual(Array.from({ length: 2000 }, (_, index) => `#${index + 1}`));
  });

  test("session/load after kill -9 in the middle of a turn recalls the first prompt", async () => {
    const id = await killedInTheMiddle();
    await using claude = await startClaudeCode(home, model.url);
    await claude.acp.request(methods.agent.session.load, { sessionId: id, cwd, mcpServers: [] });
    expect(textOf(claude, "user_message_chunk")).toContain("say the plum is ripe");
    const replayed = textOf(claude).length;
    await sessionOf(claude, id).prompt("recall");
    expect(textOf(claude).slice(replayed)).toBe("say the plum is ripe");
  });

  async function killedInTheMiddle(): Promise<string> {
    await using claude = await startClaudeCode(home, model.url);
    const session = await newSession(claude);
    await session.prompt("say the plum is ripe");
    const turn = session.prompt("stream count=100000 ms=10");
    turn.catch(() => "killed below");
    await expect.poll(() => textOf(claude), { timeout: 20_000 }).toContain("#5 ");
    return session.id;
  }

  test.each([
    [401, { code: -32000 }],
    [429, { code: -32603, data: { errorKind: "rate_limit" } }],
    [500, { code: -32603, data: { errorKind: "server_error" } }],
  ])("a model that answers %i is an error of the prompt", async (status, error) => {
    await using claude = await startClaudeCode(home, model.url);
    const session = await newSession(claude);
    await expect(session.prompt(`fail status=${status}`)).rejects.toMatchObject(error);
  });
});

import { expect, test } from "vitest";
import type { Conversation, Reply, ToolResult } from "./conversation.ts";
import { decide } from "./decide.ts";

const bash = (command: string) => ({ name: "Bash", input: { command, description: "Run a scripted command" } });

function reply(lastPrompt: string, given: Partial<Conversation> = {}): Reply {
  return decide({ firstPrompt: "the first", lastPrompt, toolResults: [], tools: { names: ["Bash", "Write"] }, ...given });
}

function text(answer: Reply): string | undefined {
  return answer.kind === "message" ? answer.chunks.map((chunk) => chunk.text).join("") : undefined;
}

test("plays a script from one tool call to the next", () => {
  const script = "say begin\nrun one\nsay between\nrun two\nsay end";
  const ok = (word: string): ToolResult => ({ isError: false, text: word });
  const first = reply(script);
  expect(text(first)).toBe("begin");
  expect(first).toMatchObject({ toolCall: bash("one") });
  const second = reply(script, { toolResults: [ok("1")] });
  expect(text(second)).toBe("done: 1\nbetween");
  expect(second).toMatchObject({ toolCall: bash("two") });
  const third = reply(script, { toolResults: [ok("1"), { isError: true, text: "2" }] });
  expect(text(third)).toBe("The tool failed: 2\nend");
  expect(third).not.toHaveProperty("toolCall");
});

test("fails where the script says so, once what comes before has been played", () => {
  expect(reply("fail status=529")).toEqual({ kind: "failure", status: 529 });
  expect(reply("run one\nfail status=500")).toMatchObject({ toolCall: bash("one") });
  expect(reply("run one\nfail status=500", { toolResults: [{ isError: false, text: "" }] })).toEqual({ kind: "failure", status: 500 });
});

test("without the tool it says so, and calls nothing", () => {
  const answer = reply("run one", { tools: { names: [] } });
  expect(text(answer)).toBe("no tool for: run");
  expect(answer).not.toHaveProperty("toolCall");
});

test("an answer of a given form is given in that form, whatever the prompt says", () => {
  const answerSchema = { type: "object", properties: { title: { type: "string" }, verdict: { enum: ["allow", "deny"] }, count: { type: "integer" } } };
  expect(JSON.parse(text(reply("fail status=500", { answerSchema })) ?? "")).toEqual({ title: "Scripted answer", verdict: "allow", count: 0 });
});

test("recalls and streams", () => {
  expect(text(reply("recall"))).toBe("the first");
  expect(text(reply("stream count=3 size=4"))).toBe("#1xx #2xx #3xx ");
});

test("an agent's question of its own gets a fixed answer, whatever the prompt says", () => {
  expect(text(reply("fail status=500", { aside: true }))).toBe("Scripted answer");
});

test.each([
  [["Write", "Bash"], { name: "Write", input: { file_path: "/a", content: "x\ny" } }, { name: "Bash" }],
  [["read", "write", "bash"], { name: "write", input: { filePath: "/a", content: "x\ny" } }, { name: "bash" }],
  [["write_file", "run_shell_command"], { name: "write_file", input: { file_path: "/a", content: "x\ny" } }, { name: "run_shell_command" }],
  [["exec_command", "apply_patch"], { name: "apply_patch", input: { patchText: "*** Begin Patch\n*** Add File: /a\n+x\n+y\n*** End Patch" } }, { name: "exec_command", input: { cmd: "one" } }],
])("calls the tools by the names of the agent that offers %j", (names, write, run) => {
  expect(reply("write file=/a text=x\\ny", { tools: { names } })).toMatchObject({ toolCall: write });
  expect(reply("run one", { tools: { names } })).toMatchObject({ toolCall: run });
});

test("a tool that takes a text gets one", () => {
  const tools = { names: ["apply_patch"], freeText: ["apply_patch"] };
  expect(reply("write file=a text=b", { tools })).toMatchObject({ toolCall: { name: "apply_patch", input: "*** Begin Patch\n*** Add File: a\n+b\n*** End Patch" } });
});

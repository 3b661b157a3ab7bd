import { runCall, writeCall } from "./agent-tools.ts";
import type { Chunk, Conversation, OfferedTools, Reply, ToolCall, ToolResult } from "./conversation.ts";
import { instanceOf } from "./instance.ts";
import { parseScript, type Step } from "./script.ts";

/**
 * What the model answers. A script is played up to its next tool call; the request that brings the tool's result plays it
 * on from there. A request for an answer of a given form is beside the conversation: no script is played for it.
 */
export function decide(conversation: Conversation): Reply {
  if (conversation.answerSchema !== undefined) {
    return { kind: "message", chunks: [say(JSON.stringify(instanceOf(conversation.answerSchema)))] };
  }
  if (conversation.aside) return { kind: "message", chunks: [say("Scripted answer")] };
  const results = [...conversation.toolResults];
  let chunks: Chunk[] = [];
  for (const step of parseScript(conversation.lastPrompt)) {
    const call = toolCallOf(step, conversation.tools);
    const result = call && results.shift();
    // What comes before a call that has its result was said by an earlier answer.
    if (result) chunks = [say(describe(result))];
    else if (call) return { kind: "message", chunks, toolCall: call };
    else if (step.kind !== "fail") chunks = [...chunks, ...speak(step, conversation, chunks.length > 0)];
    else if (results.length === 0) return { ...step, kind: "failure" };
  }
  return { kind: "message", chunks: chunks.length > 0 ? chunks : [say("(nothing to say)")] };
}

function say(text: string): Chunk {
  return { text, delayMilliseconds: 0 };
}

function describe(result: ToolResult): string {
  return result.isError ? `The tool failed: ${result.text}` : `done: ${result.text}`;
}

function toolCallOf(step: Step, tools: OfferedTools): ToolCall | undefined {
  if (step.kind === "write") return writeCall(tools, step.file, step.text);
  if (step.kind === "run") return runCall(tools, step.command);
  if (step.kind === "call" && tools.names.includes(step.tool)) return { name: step.tool, input: step.input };
  return undefined;
}

/** A step's words; each step begins a line of the answer. */
function speak(step: Exclude<Step, { kind: "fail" }>, conversation: Conversation, continues: boolean): Chunk[] {
  const [first, ...more] = wordsOf(step, conversation);
  if (!first) return [];
  return [continues ? { ...first, text: `\n${first.text}` } : first, ...more];
}

function wordsOf(step: Exclude<Step, { kind: "fail" }>, conversation: Conversation): Chunk[] {
  switch (step.kind) {
    case "say":
      return [say(step.text)];
    case "recall":
      return [say(conversation.firstPrompt)];
    case "stream":
      return numbered(step);
    case "write":
    case "run":
    case "call":
    default:
      return [say(`no tool for: ${step.kind}`)];
  }
}

function numbered({ count, size, delayMilliseconds }: Extract<Step, { kind: "stream" }>): Chunk[] {
  return Array.from({ length: count }, (_, index) => ({ text: `${`#${index + 1}`.padEnd(size, "x")} `, delayMilliseconds }));
}

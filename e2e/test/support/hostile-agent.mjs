// An ACP agent that breaks the protocol on demand: the first word of the prompt says how.
import { createInterface } from "node:readline";

const sessionId = "s1";
const waiting = new Map();
const prompts = [];

function write(message) {
  process.stdout.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`);
}

function say(text) {
  write({ jsonrpc: "2.0", method: "session/update", params: { sessionId, update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } } });
}

const options = [
  { optionId: "yes", name: "Yes", kind: "allow_once" },
  { optionId: "no", name: "No", kind: "reject_once" },
];

function ask(id, toolCall = '{"toolCallId":"t"}') {
  const answered = new Promise((resolve) => waiting.set(String(id), resolve));
  write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":"session/request_permission","params":{"sessionId":"${sessionId}","toolCall":${toolCall},"options":${JSON.stringify(options)}}}`);
  return answered;
}

const behaviours = {
  async "reuse-request-id"() {
    for (const text of ["first", "second"]) {
      await ask(7);
      say(text);
    }
  },
  async "number-and-text-ids"() {
    await ask(1);
    await ask("1");
    say("both");
  },
  "null-result": (id) => ({ jsonrpc: "2.0", id, result: null }),
  "text-error": (id) => ({ jsonrpc: "2.0", id, error: "boom" }),
  "claims-to-have-exited": (id) => ({ jsonrpc: "2.0", id, error: { code: -1, message: "not really", data: { kind: "agent_exited" } } }),
  "stop-reason-with-nul": (id) => ({ jsonrpc: "2.0", id, result: { stopReason: "a\u0000b" } }),
  async "nested-request"() {
    say("before");
    await ask(5, `${"[".repeat(20_000)}${"]".repeat(20_000)}`);
  },
  "answers-twice"(id) {
    for (let time = 0; time < 2; time += 1) write({ jsonrpc: "2.0", id, result: { stopReason: "end_turn" } });
    return { jsonrpc: "2.0", id: "nobody", result: {} };
  },
  garbage() {
    for (const line of ["not json", '{"jsonrpc":"2.0","method":"session/update",bad}', "[1,2]", '"text"', "{}", '{"id":null,"method":"x"}', '{"id":{},"result":1}']) write(line);
    say("after");
  },
  async "more-than-the-journal-holds"() {
    const text = "x".repeat(60_000);
    for (let count = 0; count < 1500; count += 1) {
      say(text);
      if (count % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
  seen: () => say(JSON.stringify(prompts.slice(0, -1))),
};

async function prompt(id, params) {
  const text = params.prompt.at(-1).text;
  prompts.push(text);
  const behaviour = behaviours[text.split(" ")[0]];
  if (!behaviour) say(`echo: ${text}`);
  write((await behaviour?.(id)) ?? { jsonrpc: "2.0", id, result: { stopReason: "end_turn" } });
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.method === "initialize") write({ jsonrpc: "2.0", id: message.id, result: { protocolVersion: 1, agentCapabilities: {} } });
  else if (message.method === "session/new") write({ jsonrpc: "2.0", id: message.id, result: { sessionId } });
  else if (message.method === "session/prompt") void prompt(message.id, message.params);
  else if (message.method === undefined) waiting.get(String(message.id))?.(message);
  else if (message.id !== undefined) write({ jsonrpc: "2.0", id: message.id, error: { code: -32602, message: "refused" } });
});

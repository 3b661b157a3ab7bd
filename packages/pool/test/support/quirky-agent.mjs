// An ACP agent with the habits of real ones that the scripted agent does not have. A prompt's first word says what to do.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const transcript = join(process.env.HOME ?? "", "quirky.json");
const sessionId = "quirky";
let model = process.env.QUIRKY_MODEL ?? "auto";

function write(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

function update(fields) {
  write({ method: "session/update", params: { sessionId, update: fields } });
}

function say(text) {
  update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
}

function status(type) {
  update({ sessionUpdate: "session_info_update", _meta: { quirky: { status: type } } });
}

/** As Gemini CLI does it: the history goes on behind the answer, a piece each time the one before has left. */
async function repeat(pieces) {
  for (let piece = 1; piece <= pieces; piece += 1) {
    await new Promise((resolve) => process.stdout.write("", resolve));
    say(`repeated ${piece}\n`);
  }
}

const models = () => ({ models: { currentModelId: model, availableModels: [{ modelId: "auto", name: "Auto" }] }, modes: { currentModeId: "default", availableModes: [{ id: "default", name: "Default" }, { id: "yolo", name: "Yolo" }] } });

const prompts = {
  gives_up() {
    status("failed");
    say("the model answered 429\n");
  },
  recovers() {
    status("failed");
    status("active");
  },
};

const methods = {
  initialize: () => ({ result: { protocolVersion: 1, agentCapabilities: { loadSession: true } } }),
  "session/new": () => ({ result: { sessionId, ...models() } }),
  "session/load": () => {
    if (!existsSync(transcript)) return { error: { code: -32603, message: "no such conversation" } };
    void repeat(200);
    return { result: models() };
  },
  "session/set_mode": ({ modeId }) => {
    say(`[MODE_UPDATE] ${modeId}`);
    return { result: {} };
  },
  "session/set_model": ({ modelId }) => {
    model = modelId;
    return { result: {} };
  },
  "session/prompt": ({ prompt }) => {
    writeFileSync(transcript, "{}");
    const text = prompt.at(-1).text;
    if (text === "unauthorized") return { error: { code: 401, message: "API key not valid" } };
    prompts[text]?.();
    say(`${text} with ${model}`);
    return { result: { stopReason: "end_turn" } };
  },
};

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  write({ id, ...(methods[method]?.(params) ?? { error: { code: -32601, message: "Method not found" } }) });
});

#!/usr/bin/env node
// An ACP (version 1) agent on stdio that does what the prompt's text says. One file and no dependency, so that it starts
// as fast as Node does. The commands are described in README.md; `src/script.ts` builds them with types.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as setTimer } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {Record<string, unknown>} Json */
/** @typedef {{ session: Session, connection: Connection, signal: AbortSignal, emitted: number, stopReason?: string }} Turn */

const models = ["scripted-small", "scripted-large", "scripted-huge"];
const modes = ["default", "careful"];
const optionKinds = { yes: "allow_once", always: "allow_always", no: "reject_once", never: "reject_always" };
const permissionOptions = Object.entries(optionKinds).map(([optionId, kind]) => ({ optionId, name: kind.replace("_", " "), kind }));

class RpcError extends Error {
  /** @param {number} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
const invalid = (/** @type {string} */ message) => new RpcError(-32602, message);
const notFound = (/** @type {unknown} */ id) => new RpcError(-32002, `Resource not found: ${String(id)}`);

// ---- the wire -------------------------------------------------------------------------------------------------------

class Connection {
  /** @type {Promise<unknown> | undefined} */ #draining;
  /** @type {Map<string, (answer: Json) => void>} */ #pending = new Map();

  /** @param {string} lines */
  write(lines) {
    process.stdout.write(lines);
  }

  /** @param {Json} message */
  send(message) {
    this.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Resolves when stdout takes more; one listener however many sessions wait. */
  async ready() {
    if (!process.stdout.writableNeedDrain) return;
    this.#draining ??= once(process.stdout, "drain").finally(() => (this.#draining = undefined));
    await this.#draining;
  }

  /** Resolves when everything written so far was handed to the operating system. */
  async flushed() {
    await new Promise((done) => process.stdout.write("", done));
  }

  /** @param {string} method @param {Json} params @param {AbortSignal} signal @param {string} id @returns {Promise<Json>} */
  async request(method, params, signal, id = randomUUID()) {
    /** @type {PromiseWithResolvers<Json>} */
    const { promise, resolve: answer, reject } = Promise.withResolvers();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#pending.set(id, answer);
    this.send({ id, method, params });
    try {
      return await promise;
    } finally {
      this.#pending.delete(id);
      signal.removeEventListener("abort", abort);
    }
  }

  /** An answer that nobody waits for (its turn was cancelled) is dropped. @param {Json} message */
  answered(message) {
    this.#pending.get(String(message.id))?.(message);
  }
}

// ---- what is kept on disk --------------------------------------------------------------------------------------------

const folder = () => join(process.env.HOME ?? homedir(), ".scripted-agent", "sessions");
const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const entryBytes = 32 * 1024;

class Transcript {
  /** @type {number | undefined} */ #file;
  #text = "";

  /** @param {string} id @param {string} cwd */
  constructor(id, cwd) {
    this.path = join(folder(), `${id}.jsonl`);
    this.header = { type: "session", id, cwd };
  }

  /** @param {Json[]} entries */
  #append(...entries) {
    if (this.#file === undefined) {
      fs.mkdirSync(folder(), { recursive: true, mode: 0o700 });
      this.#file = fs.openSync(this.path, "a+", 0o600);
      // The line break closes a line that a kill left unfinished; the reader skips both.
      if (fs.fstatSync(this.#file).size > 0) fs.writeSync(this.#file, "\n");
      else entries.unshift(this.header);
    }
    fs.writeSync(this.#file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  }

  /** @param {string} text */
  user(text) {
    this.flush();
    this.#append({ type: "user", text });
  }

  /** @param {string} text */
  agent(text) {
    this.#text += text;
    if (this.#text.length >= entryBytes) this.flush();
  }

  flush() {
    if (this.#text) this.#append({ type: "agent", text: this.#text });
    this.#text = "";
  }

  sync() {
    this.flush();
    if (this.#file !== undefined) fs.fdatasyncSync(this.#file);
  }

  close() {
    this.sync();
    if (this.#file !== undefined) fs.closeSync(this.#file);
    this.#file = undefined;
  }

  /** @param {unknown} id @returns {Array<{ type?: string, text?: string, cwd?: string }>} */
  static read(id) {
    const path = join(folder(), `${String(id)}.jsonl`);
    if (!idPattern.test(String(id)) || !fs.existsSync(path)) throw notFound(id);
    return fs.readFileSync(path, "utf8").split("\n").flatMap((line) => {
      try {
        return line ? [JSON.parse(line)] : [];
      } catch (error) {
        if (error instanceof SyntaxError) return []; // cut short by a kill
        throw error;
      }
    });
  }
}

// ---- sessions and turns ----------------------------------------------------------------------------------------------

class Session {
  /** @type {string | undefined} */ firstMessage;
  /** @type {{ id: unknown, abort: AbortController } | undefined} */ turn;
  settings = { model: "scripted-small", mode: "default" };
  #updates = 0;

  /** @param {Connection} connection @param {string} id @param {string} cwd */
  constructor(connection, id, cwd) {
    this.connection = connection;
    this.id = id;
    this.cwd = cwd;
    this.transcript = new Transcript(id, cwd);
  }

  /** Every update is numbered in `_meta`, so that a gap or a double anywhere in the stream can be seen. @param {Json} update */
  update(update) {
    const params = { sessionId: this.id, update, _meta: { "scripted-agent": { update: ++this.#updates } } };
    this.connection.send({ method: "session/update", params });
  }

  /** @param {string} text */
  say(text) {
    this.transcript.agent(text);
    this.update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
  }

  /** The line of an update whose text needs no escaping; many times faster than JSON.stringify. @param {string} text */
  plainLine(text) {
    this.transcript.agent(text);
    return `{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"${this.id}","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"${text}"}},"_meta":{"scripted-agent":{"update":${++this.#updates}}}}}\n`;
  }

  get configOptions() {
    return [
      { id: "mode", name: "Mode", category: "mode", ...this.#select("mode", modes) },
      { id: "model", name: "Model", category: "model", ...this.#select("model", models) },
    ];
  }

  /** @param {"mode" | "model"} key @param {string[]} values */
  #select(key, values) {
    return { type: "select", currentValue: this.settings[key], options: values.map((value) => ({ value, name: value })) };
  }

  get state() {
    const availableModes = modes.map((id) => ({ id, name: id }));
    return { modes: { currentModeId: this.settings.mode, availableModes }, configOptions: this.configOptions };
  }
}

// ---- the script's language -------------------------------------------------------------------------------------------

/** Options are `key=value`; a value in double quotes is a JSON string; `text` and `message` take the rest of the line. */
const optionPattern = /^(\w+)=("(?:[^"\\]|\\.)*"(?=\s|$)|\S*)\s*/;

/** The defaults say which options there are and of which type. @template {Json} T @param {T} defaults @param {string} source @returns {T} */
function readOptions(defaults, source) {
  /** @type {Json} */
  const options = { ...defaults };
  for (let rest = source; rest; ) {
    const [whole, key, raw] = rest.match(optionPattern) ?? [];
    if (whole === undefined || key === undefined || raw === undefined) {
      if (!("message" in defaults)) throw invalid(`not an option: ${rest}`);
      options.message = rest;
      break;
    }
    if (!(key in defaults)) throw invalid(`unknown option ${key}; there are: ${Object.keys(defaults).join(", ")}`);
    const takesRest = (key === "text" || key === "message") && !raw.startsWith('"');
    options[key] = convert(key, takesRest ? rest.slice(key.length + 1) : raw, defaults[key]);
    rest = takesRest ? "" : rest.slice(whole.length);
  }
  return /** @type {T} */ (options);
}

/** @param {string} key @param {string} raw @param {unknown} example */
function convert(key, raw, example) {
  const value = raw.startsWith('"') ? String(JSON.parse(raw)) : raw;
  if (typeof example === "boolean") return value === "true";
  if (typeof example !== "number") return value;
  if (value === "" || !Number.isFinite(Number(value))) throw invalid(`${key} is not a number: ${value}`);
  return Number(value);
}

/** @template {Json} T @param {T} defaults @param {(turn: Turn, options: T) => unknown} run */
const withOptions = (defaults, run) => (/** @type {string} */ source) => {
  const options = readOptions(defaults, source);
  return (/** @type {Turn} */ turn) => run(turn, options);
};

/** @param {(turn: Turn, text: string) => unknown} run */
const withText = (run) => (/** @type {string} */ source) => {
  const text = source.startsWith("text=") ? readOptions({ text: "" }, source).text : source;
  return (/** @type {Turn} */ turn) => run(turn, text);
};

/** @param {Turn} turn @param {{ count: number, rate: number, size: number, stamp: boolean }} options */
async function emit({ session, connection, signal, ...turn }, { count, rate, size, stamp }) {
  const last = turn.emitted + count;
  const started = performance.now();
  for (let next = turn.emitted + 1; next <= last; ) {
    const due = rate > 0 ? Math.min(count, Math.floor(((performance.now() - started) * rate) / 1000) + 1) : count;
    const until = Math.min(last - count + due, next + 255);
    let lines = "";
    for (; next <= until; next++) {
      const time = stamp ? ` @${Math.round((performance.timeOrigin + performance.now()) * 1000)}` : "";
      lines += session.plainLine(`#${next}${time} `.padEnd(size, "x"));
    }
    if (lines) connection.write(lines);
    await connection.ready();
    // Even where stdout never fills up, a cancel has to be read from stdin.
    const nextDue = ((next - turn.emitted - 1) * 1000) / rate;
    if (rate > 0 && next <= last) await sleep(Math.max(1, started + nextDue - performance.now()), undefined, { signal });
    else await new Promise(setImmediate);
    signal.throwIfAborted();
  }
  return last;
}

const askDefaults = { title: "Do something that needs a permission", kind: "execute", path: "", command: "", partial: false, count: 1, withdraw_ms: 0, ignore_cancel: false };
const never = new AbortController().signal;

/** @param {Turn} turn @param {typeof askDefaults} options @returns {Promise<string>} the outcome, and the kind of the option that was selected */
async function requestPermission({ session, connection, signal }, { title, kind, path, command, partial, withdraw_ms, ignore_cancel }) {
  const toolCallId = randomUUID();
  const details = { title, kind, rawInput: command ? { command } : { title }, ...(path ? { locations: [{ path }] } : {}) };
  // The protocol lets a request leave out what an update of the call has told.
  if (partial) session.update({ sessionUpdate: "tool_call", toolCallId, status: "pending", ...details });
  const params = { sessionId: session.id, toolCall: partial ? { toolCallId } : { toolCallId, status: "pending", ...details }, options: permissionOptions };
  const id = randomUUID();
  const withdrawn = withdraw_ms > 0 ? setTimer(() => connection.send({ method: "$/cancel_request", params: { requestId: id } }), withdraw_ms) : undefined;
  const { result, error } = await connection.request("session/request_permission", params, ignore_cancel ? never : signal, id);
  clearTimeout(withdrawn);
  const outcome = /** @type {{ outcome?: { outcome?: string, optionId?: keyof typeof optionKinds } } | undefined} */ (result)?.outcome;
  if (outcome?.outcome !== "selected") return outcome?.outcome ?? JSON.stringify(error);
  return `selected ${String(outcome.optionId)} (${(outcome.optionId && optionKinds[outcome.optionId]) ?? "unknown option"})`;
}

/** @param {Turn} turn @param {typeof askDefaults} options */
async function ask(turn, options) {
  for (const outcome of await Promise.all(Array.from({ length: options.count }, () => requestPermission(turn, options)))) turn.session.say(`permission: ${outcome}`);
}

/** @param {Turn} turn @param {{ mode: string, message: string, schema: string, url: string, complete_ms: number }} options */
async function elicit({ session, connection, signal }, { mode, message, schema, url, complete_ms }) {
  const elicitationId = randomUUID();
  const form = mode === "url" ? { url, elicitationId } : { requestedSchema: JSON.parse(schema) };
  const completed = complete_ms > 0 ? setTimer(() => connection.send({ method: "elicitation/complete", params: { elicitationId } }), complete_ms) : undefined;
  const { result, error } = await connection.request("elicitation/create", { sessionId: session.id, mode, message, ...form }, signal);
  clearTimeout(completed);
  const { action, content } = /** @type {{ action?: string, content?: Json }} */ (result ?? {});
  session.say(`elicitation: ${action ?? JSON.stringify(error)}${content ? ` ${JSON.stringify(content)}` : ""}`);
}

/** @param {Turn} turn @param {{ title: string, status: string }} options */
function tool({ session }, { title, status }) {
  const toolCallId = randomUUID();
  const content = [{ type: "content", content: { type: "text", text: `${title}: ${status}` } }];
  session.update({ sessionUpdate: "tool_call", toolCallId, title, kind: "other", status: "pending", rawInput: { title } });
  session.update({ sessionUpdate: "tool_call_update", toolCallId, status: "in_progress" });
  session.update({ sessionUpdate: "tool_call_update", toolCallId, status, content });
}

/** @param {Turn} turn @param {{ code: number, signal: string }} options */
async function die({ connection, session }, { code, signal }) {
  session.transcript.flush();
  await connection.flushed();
  if (!signal) process.exit(code);
  process.kill(process.pid, signal);
  await new Promise(() => {});
}

/** @param {Turn} turn @param {{ seconds: number }} options */
async function startGrandchild({ session }, { seconds }) {
  const child = spawn("sleep", [String(seconds)], { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  child.unref();
  session.say(`pid: ${child.pid}`);
}

/** @param {Turn} turn @param {{ path: string, ask: boolean, text: string }} options */
async function writeFile(turn, { path, ask: asks, text }) {
  const { session } = turn;
  if (!path) throw invalid("path is missing");
  const outcome = asks ? await requestPermission(turn, { ...askDefaults, title: `Write ${path}`, kind: "edit", path }) : "allow";
  if (!outcome.includes("allow")) return session.say(`not allowed to write ${path}: ${outcome}`);
  fs.writeFileSync(resolve(session.cwd, path), text);
  session.say(`wrote ${path}`);
}

const entries = [
  { content: "first step", priority: "high", status: "completed" },
  { content: "second step", priority: "medium", status: "in_progress" },
];
const lookalikes = '{"stopReason":"end_turn"} {"error":{"code":-32603}} data: [DONE]';

/** @type {Record<string, (source: string) => (turn: Turn) => unknown>} */
const commands = {
  say: withText(({ session }, text) => session.say(text)),
  quote: withText(({ session }, text) => session.say(text || lookalikes)),
  thought: withText(({ session }, text) => session.update({ sessionUpdate: "agent_thought_chunk", content: { type: "text", text } })),
  stderr: withText((_, text) => process.stderr.write(`${text}\n`)),
  env: withText(({ session }, name) => session.say(process.env[name] ?? "unset")),
  emit: withOptions({ count: 10, rate: 0, size: 0, stamp: false }, async (turn, options) => (turn.emitted = await emit(turn, options))),
  ask: withOptions(askDefaults, ask),
  elicit: withOptions({ mode: "form", message: "Something is missing", schema: "{}", url: "", complete_ms: 0 }, elicit),
  tool: withOptions({ title: "Scripted tool", status: "completed" }, tool),
  plan: withOptions({}, ({ session }) => session.update({ sessionUpdate: "plan", entries })),
  usage: withOptions({ used: 1000, size: 200000 }, ({ session }, usage) => session.update({ sessionUpdate: "usage_update", ...usage })),
  sleep: withOptions({ ms: 1000 }, ({ signal }, { ms }) => sleep(ms, undefined, { signal })),
  hang: withOptions({ ignore_cancel: false }, ({ signal }, options) =>
    new Promise((_, reject) => options.ignore_cancel || signal.addEventListener("abort", () => reject(signal.reason), { once: true }))),
  die: withOptions({ code: 1, signal: "" }, die),
  spawn: withOptions({ seconds: 600 }, startGrandchild),
  write: withOptions({ path: "", ask: false, text: "" }, writeFile),
  cwd: withOptions({}, ({ session }) => session.say(session.cwd)),
  recall: withOptions({}, ({ session }) => session.say(session.firstMessage ?? "")),
  config: withOptions({}, ({ session }) => session.say(`model=${session.settings.model} mode=${session.settings.mode}`)),
  refuse: withOptions({}, (turn) => (turn.stopReason = "refusal")),
  error: withOptions({ code: -32603, message: "scripted error" }, (_, { code, message }) => {
    throw new RpcError(code, message);
  }),
  help: withOptions({}, ({ session }) => session.say(Object.keys(commands).map((name) => `/${name}`).join(" "))),
};

/** The steps of a script; refuses a script with a mistake in it before any of it has run. @param {string} text */
function parseScript(text) {
  /** @type {Array<(turn: Turn) => unknown>} */
  const steps = [];
  const blocks = text.split(/\r?\n(?=\/)|(?<=^\/.*)\r?\n/m).filter((block) => block.trim());
  for (const block of blocks) {
    const [, name, source = ""] = block.match(/^\/(\w+)[ \t]*(.*?)\s*$/s) ?? [];
    const command = name && Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (block.startsWith("/") && !command) throw invalid(`unknown command ${block}; /help lists them`);
    steps.push(command ? command(source) : ({ session }) => session.say(`echo: ${block}`));
  }
  return steps;
}

/** @param {unknown} prompt */
function textBlocks(prompt) {
  if (!Array.isArray(prompt)) throw invalid("prompt is not an array");
  return prompt.filter((block) => block?.type === "text").map((block) => String(block.text));
}

// ---- the protocol's methods ------------------------------------------------------------------------------------------

class Agent {
  /** @type {Map<unknown, Session>} */ #sessions = new Map();
  #capabilities = (process.env.SCRIPTED_AGENT_CAPABILITIES ?? "load,resume").split(",");
  connection = new Connection();

  initialize() {
    const resume = this.#capabilities.includes("resume") ? { resume: {} } : {};
    return {
      protocolVersion: 1,
      agentInfo: { name: "scripted-agent", title: "Scripted agent", version: "0.0.0" },
      agentCapabilities: {
        loadSession: this.#capabilities.includes("load"),
        sessionCapabilities: { list: {}, close: {}, ...resume },
      },
      authMethods: [],
    };
  }

  /** @param {Json} params */
  newSession({ cwd }) {
    const session = this.#open(randomUUID(), cwd);
    return { sessionId: session.id, ...session.state };
  }

  /** @param {string} id @param {unknown} cwd */
  #open(id, cwd) {
    if (typeof cwd !== "string" || !fs.existsSync(cwd)) throw invalid(`cwd does not exist: ${String(cwd)}`);
    this.#sessions.get(id)?.transcript.close();
    const session = new Session(this.connection, id, cwd);
    this.#sessions.set(id, session);
    return session;
  }

  /** @param {Json} params @param {"load" | "resume"} how */
  async restore({ sessionId, cwd }, how) {
    if (!this.#capabilities.includes(how)) throw new RpcError(-32601, `Method not found: session/${how}`);
    const entries = Transcript.read(sessionId);
    const session = this.#open(String(sessionId), cwd);
    session.firstMessage = entries.find((entry) => entry.type === "user")?.text;
    for (const { type, text } of how === "load" ? entries : []) {
      if (type !== "user" && type !== "agent") continue;
      session.update({ sessionUpdate: `${type === "user" ? "user" : "agent"}_message_chunk`, content: { type: "text", text } });
      await this.connection.ready();
    }
    return session.state;
  }

  /** @param {Json} params */
  list({ cwd }) {
    const files = fs.existsSync(folder()) ? fs.readdirSync(folder()).filter((file) => file.endsWith(".jsonl")) : [];
    const sessions = files.map((file) => {
      const [header, first] = Transcript.read(file.slice(0, -".jsonl".length));
      const updatedAt = fs.statSync(join(folder(), file)).mtime.toISOString();
      return { sessionId: file.slice(0, -".jsonl".length), cwd: header?.cwd ?? "", title: first?.text?.slice(0, 80) ?? null, updatedAt };
    });
    return { sessions: sessions.filter((session) => !cwd || session.cwd === cwd) };
  }

  /** @param {Json} params */
  session({ sessionId }) {
    const session = this.#sessions.get(sessionId);
    if (!session) throw notFound(sessionId);
    return session;
  }

  /** @param {Json} params */
  close(params) {
    const session = this.session(params);
    session.turn?.abort.abort();
    session.transcript.close();
    this.#sessions.delete(session.id);
    return {};
  }

  /** @param {Json} params @param {unknown} key @param {unknown} value */
  set(params, key, value) {
    const session = this.session(params);
    const option = session.configOptions.find(({ id }) => id === key);
    if (!option?.options.some((allowed) => allowed.value === value)) throw invalid(`no such value of ${String(key)}: ${String(value)}`);
    session.settings[/** @type {"mode" | "model"} */ (key)] = String(value);
    if (key === "mode") session.update({ sessionUpdate: "current_mode_update", currentModeId: value });
    return { configOptions: session.configOptions };
  }

  /** @param {Json} params @param {unknown} id */
  async prompt(params, id) {
    const session = this.session(params);
    if (session.turn) throw new RpcError(-32600, "a prompt is running in this session");
    const texts = textBlocks(params.prompt);
    // Only the last block is the script: a client may put context, such as an earlier conversation, in front of it.
    const steps = parseScript(texts.at(-1) ?? "");
    const abort = new AbortController();
    session.turn = { id, abort };
    session.firstMessage ??= texts.join("\n");
    session.transcript.user(texts.join("\n"));
    try {
      return { stopReason: await this.#run(steps, session, abort.signal) };
    } finally {
      session.transcript.sync();
      session.turn = undefined;
    }
  }

  /** @param {Array<(turn: Turn) => unknown>} steps @param {Session} session @param {AbortSignal} signal */
  async #run(steps, session, signal) {
    /** @type {Turn} */
    const turn = { session, connection: this.connection, signal, emitted: 0 };
    try {
      for (const step of steps) {
        await step(turn);
        signal.throwIfAborted();
        if (turn.stopReason) return turn.stopReason;
      }
      return "end_turn";
    } catch (error) {
      if (signal.reason instanceof RpcError) throw signal.reason;
      if (signal.aborted) return "cancelled";
      throw error;
    }
  }

  /** `$/cancel_request` answers the request with an error, `session/cancel` with a stop reason. @param {unknown} id */
  cancelRequest(id) {
    for (const { turn } of this.#sessions.values()) if (turn?.id === id) turn?.abort.abort(new RpcError(-32800, "Request cancelled"));
  }

  /** @param {string} method @param {Json} params @param {unknown} id @returns {unknown} */
  handle(method, params, id) {
    switch (method) {
      case "initialize": return this.initialize();
      case "authenticate": return {};
      case "session/new": return this.newSession(params);
      case "session/load": return this.restore(params, "load");
      case "session/resume": return this.restore(params, "resume");
      case "session/list": return this.list(params);
      case "session/close": return this.close(params);
      case "session/set_mode": return this.set(params, "mode", params.modeId) && {};
      case "session/set_config_option": return this.set(params, params.configId, params.value);
      case "session/prompt": return this.prompt(params, id);
      case "session/cancel": return this.#sessions.get(params.sessionId)?.turn?.abort.abort();
      case "$/cancel_request": return this.cancelRequest(params.requestId);
      default: throw new RpcError(-32601, `Method not found: ${method}`);
    }
  }

  /** @param {Json} message */
  async receive(message) {
    if (typeof message?.method !== "string") return this.connection.answered(message);
    const { id } = message;
    try {
      const result = await this.handle(message.method, /** @type {Json} */ (message.params ?? {}), id);
      if (id !== undefined) this.connection.send({ id, result });
    } catch (error) {
      const code = error instanceof RpcError ? error.code : -32603;
      const text = error instanceof Error ? error.message : String(error);
      if (id !== undefined) this.connection.send({ id, error: { code, message: text } });
    }
  }

  /** @param {string} line */
  receiveLine(line) {
    try {
      return this.receive(JSON.parse(line));
    } catch (error) {
      return this.connection.send({ id: null, error: { code: -32700, message: `Parse error: ${String(error)}` } });
    }
  }
}

const agent = new Agent();
let rest = "";
process.stdin.setEncoding("utf8").on("data", (chunk) => {
  const lines = (rest + String(chunk)).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) if (line.trim()) void agent.receiveLine(line);
});
process.stdin.on("end", () => {
  if (process.env.SCRIPTED_AGENT_IGNORE_STDIN_END !== "1") process.exit(0);
  setInterval(() => {}, 1 << 30); // Nothing else would keep the process alive.
});
// Nobody reads any more.
process.stdout.on("error", () => process.exit(0));

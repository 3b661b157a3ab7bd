// The prompt texts that the scripted agent understands: each exported function returns one line of a script.

/** Options of {@link emit}. */
export interface EmitOptions {
  /** How many updates. */
  readonly count: number;
  /** Updates a second; 0 or absent: as fast as the reader takes them. */
  readonly ratePerSecond?: number;
  /** Length of each update's text in characters, if its number and time leave room for padding. */
  readonly size?: number;
  /** Put the time of emission into each text, for measuring latency. */
  readonly stamp?: boolean;
}

type Option = string | number | boolean | undefined;

/** Strings are written as JSON strings, so that spaces, quotes and line breaks survive. */
function command(name: string, options: Readonly<Record<string, Option>> = {}): string {
  const pairs = Object.entries(options).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${typeof value === "string" ? JSON.stringify(value) : String(value)}`],
  );
  return [`/${name}`, ...pairs].join(" ");
}

/** A word that takes the rest of the line as it is; text that one line cannot carry goes as a JSON string. */
function textCommand(name: string, text: string): string {
  return /[\r\n]|^\s|\s$|^text=/.test(text) ? command(name, { text }) : `/${name} ${text}`;
}

/** Joins lines to one prompt. */
export function lines(...commands: readonly string[]): string {
  return commands.join("\n");
}

/** Says the text as it is. */
export function say(text: string): string {
  return textCommand("say", text);
}

/** Says text that looks like the end of a turn; without text, a built-in sample. */
export function quote(text: string = ""): string {
  return textCommand("quote", text).trimEnd();
}

/** Sends the text as a thought. */
export function thought(text: string): string {
  return textCommand("thought", text);
}

/** Writes a line to the standard error output. */
export function stderr(text: string): string {
  return textCommand("stderr", text);
}

/** Says the value of an environment variable, or `unset`. */
export function env(name: string): string {
  return textCommand("env", name);
}

/** Sends numbered updates; {@link readEmitted} of this package reads their texts. */
export function emit({ count, ratePerSecond, size, stamp }: EmitOptions): string {
  return command("emit", { count, rate: ratePerSecond, size, stamp });
}

/** Options of {@link ask}; what each does is in the README. */
export interface AskOptions {
  readonly title?: string;
  readonly kind?: string;
  readonly path?: string;
  readonly command?: string;
  readonly partial?: boolean;
  readonly count?: number;
  readonly withdrawMs?: number;
  readonly ignoreCancel?: boolean;
}

/** Asks for permissions and says of each `permission: selected <option id> (<kind>)` or `permission: cancelled`. */
export function ask({ withdrawMs, ignoreCancel, ...options }: AskOptions = {}): string {
  return command("ask", { ...options, withdraw_ms: withdrawMs, ignore_cancel: ignoreCancel });
}

/** Asks for a form to be filled in, or sends somebody to an address, and says `elicitation: <action> <content>`. */
export function elicit(options: { readonly message?: string; readonly schema?: object; readonly url?: string; readonly completeMs?: number } = {}): string {
  const { message, schema, url, completeMs } = options;
  return command("elicit", { mode: url === undefined ? "form" : "url", message, schema: schema && JSON.stringify(schema), url, complete_ms: completeMs });
}

/** Sends a tool call and its two updates. */
export function tool(options: { readonly title?: string; readonly status?: "completed" | "failed" } = {}): string {
  return command("tool", options);
}

/** Sends a plan of two entries. */
export function plan(): string {
  return command("plan");
}

/** Sends a usage update, in tokens. */
export function usage(options: { readonly used?: number; readonly size?: number } = {}): string {
  return command("usage", options);
}

/** Waits in silence; a cancel ends it. */
export function sleep(milliseconds: number): string {
  return command("sleep", { ms: milliseconds });
}

/** Never answers the prompt; with `ignoreCancel` not even after a cancel. */
export function hang(options: { readonly ignoreCancel?: boolean } = {}): string {
  return command("hang", { ignore_cancel: options.ignoreCancel });
}

/** Ends the process by exit code or by a signal to itself, after what was written before has left it. */
export function die(how: { readonly code: number } | { readonly signal: NodeJS.Signals }): string {
  return command("die", { ...how });
}

/** Starts a detached `sleep` and says `pid: <pid>`. */
export function spawn(options: { readonly seconds?: number } = {}): string {
  return command("spawn", options);
}

/** Writes a file; a relative path starts at the session's working directory. `ask`: only if it is allowed to. */
export function write(path: string, text: string, options: { readonly ask?: boolean } = {}): string {
  return command("write", { path, ask: options.ask, text });
}

/** Says the session's working directory. */
export function cwd(): string {
  return command("cwd");
}

/** Says the first user message of the conversation. */
export function recall(): string {
  return command("recall");
}

/** Says the session's model and mode. */
export function config(): string {
  return command("config");
}

/** Ends the turn with stop reason `refusal`. */
export function refuse(): string {
  return command("refuse");
}

/** Answers the prompt with a JSON-RPC error. */
export function error(options: { readonly code?: number; readonly message?: string } = {}): string {
  return command("error", options);
}

/** One line of a prompt, understood. */
export type Step =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "stream"; readonly count: number; readonly delayMilliseconds: number; readonly size: number }
  | { readonly kind: "write"; readonly file: string; readonly text: string }
  | { readonly kind: "run"; readonly command: string }
  | { readonly kind: "call"; readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: "recall" }
  | { readonly kind: "fail"; readonly status: number; readonly retryAfterSeconds?: number };

/** A line that is no command is echoed; so natural language is an answer too, and a line is never an error. */
export function parseScript(prompt: string): readonly Step[] {
  return prompt
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => parseLine(line) ?? { kind: "say", text: `echo: ${line}` });
}

function parseLine(line: string): Step | undefined {
  const [, word = "", rest = ""] = /^(\w+)(?:\s+(.*))?$/.exec(line) ?? [];
  switch (word) {
    case "say":
      return { kind: "say", text: rest };
    case "run":
      return rest ? { kind: "run", command: rest } : undefined;
    case "recall":
      return rest ? undefined : { kind: "recall" };
    case "stream":
      return parseStream(rest);
    case "write":
      return parseWrite(rest);
    case "call":
      return parseCall(rest);
    case "fail":
      return parseFail(rest);
    default:
      return undefined;
  }
}

/** `key=number` pairs, or undefined when anything else is among them. */
function readNumbers(text: string): Readonly<Record<string, number>> | undefined {
  const pairs = text.split(/\s+/).filter((pair) => pair !== "");
  if (!pairs.every((pair) => /^\w+=\d+$/.test(pair))) return undefined;
  return Object.fromEntries(pairs.map((pair) => pair.split("=")).map(([key, value]) => [key, Number(value)]));
}

function parseStream(rest: string): Step | undefined {
  const numbers = readNumbers(rest);
  if (numbers?.["count"] === undefined) return undefined;
  return { kind: "stream", count: numbers["count"], delayMilliseconds: numbers["ms"] ?? 0, size: numbers["size"] ?? 0 };
}

function parseFail(rest: string): Step | undefined {
  const numbers = readNumbers(rest);
  const status = numbers?.["status"];
  if (status === undefined || status < 400 || status > 599) return undefined;
  const retryAfter = numbers?.["retry_after"];
  return { kind: "fail", status, ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }) };
}

function parseWrite(rest: string): Step | undefined {
  const [, file, text] = /^file=(\S+)\s+text=(.*)$/.exec(rest) ?? [];
  // A prompt is one line a command, so a line break inside of a file's text is written as backslash n.
  return file === undefined || text === undefined ? undefined : { kind: "write", file, text: text.replaceAll("\\n", "\n") };
}

function parseCall(rest: string): Step | undefined {
  const [, tool, json] = /^(\S+)\s+(\{.*\})$/.exec(rest) ?? [];
  if (tool === undefined || json === undefined) return undefined;
  try {
    return { kind: "call", tool, input: JSON.parse(json) as Record<string, unknown> };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // Not JSON, so not this command: the line is echoed.
    throw error;
  }
}

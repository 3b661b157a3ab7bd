import { asText, isJsonObject, type JsonObject, type JsonValue } from "@agent-sdk/core";
import { httpStatusOf, type ApiErrorCode } from "@agent-sdk/core/api";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { DescribedOperation, Description } from "./document.ts";
import type { GeneratedRequest } from "./requests.ts";
import type { ReceivedAnswer } from "./send.ts";

/** The statuses above 499 that an answer may have: what a provider cannot do, what failed behind the server, and what must wait. */
const allowedFailures: ReadonlySet<number> = new Set([501, 502, 503]);

/** An answer has the described members and no others, although a caller is told to ignore what it does not know. */
function closed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(closed);
  if (!isJsonObject(value)) return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  return isJsonObject(value["properties"]) && !("additionalProperties" in value) ? { ...members, additionalProperties: false } : members;
}

/** The document's components are a JSON Schema of their own here. */
function withReferences(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value).replaceAll('"#/components/schemas/', '"api#/$defs/')) as JsonValue;
}

/** An event stream's frames, one after the other; what was cut off in the middle is left out. */
function frameProblem(text: string): string | null {
  for (const frame of text.split("\n\n").slice(0, -1)) {
    if (frame.startsWith(": ")) continue;
    if (!/^(id: \d+\n)?event: (session|rpc:[A-Za-z0-9._:-]+)\ndata: \{"jsonrpc":"2\.0",.*\}$/.test(frame)) return `a frame is not of the described form: ${frame.slice(0, 200)}`;
  }
  return null;
}

/** Holds requests and answers against the description. */
export class AnswerCheck {
  readonly #validators = new Map<JsonObject, ValidateFunction>();
  readonly #ajv: Ajv2020;
  readonly #home: string;

  constructor(description: Description, home: string) {
    // Types as lists are ours: `["boolean", "null"]`.
    this.#ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, allErrors: false });
    addFormats.default(this.#ajv);
    this.#ajv.addFormat("binary", true);
    this.#ajv.addSchema({ $id: "api", $defs: withReferences(closed(description.schemas)) });
    this.#home = home;
  }

  /** Whether a request's body is what the description asks for; true where it is not JSON. */
  allowsBody(operation: DescribedOperation, { body }: GeneratedRequest): boolean {
    if (body === undefined) return operation.body?.required !== true;
    if (body.kind !== "json") return true;
    const schema = operation.body?.content["application/json"]?.schema;
    return schema === undefined || this.#validate(schema, body.value) === null;
  }

  /** What is wrong with an answer; null when nothing is. */
  problem(operation: DescribedOperation, request: GeneratedRequest, answer: ReceivedAnswer): string | null {
    const { status } = answer;
    if (status >= 500 && !allowedFailures.has(status)) return `the server failed: ${status} ${answer.text.slice(0, 300)}`;
    const response = operation.responses[String(status)];
    if (response === undefined) return `${status} is not described: ${answer.text.slice(0, 300)}`;
    if (answer.headers.get("x-request-id") === null) return "the answer has no X-Request-Id";
    if (status < 300 && !this.allowsBody(operation, request)) return "a body that the description refuses was accepted";
    const { content } = response;
    if (content === undefined) return answer.text === "" ? null : "the answer has a body";
    const mediaType = (answer.headers.get("content-type") ?? "").split(";", 1)[0] ?? "";
    const described = content[mediaType];
    if (described === undefined) return `the answer is of type "${mediaType}"`;
    if (mediaType === "text/event-stream") return frameProblem(answer.text);
    return mediaType === "application/json" ? this.#jsonProblem(described.schema, answer) : null;
  }

  #jsonProblem(schema: JsonObject, { status, text }: ReceivedAnswer): string | null {
    const value = JSON.parse(text) as JsonValue;
    const invalid = this.#validate(schema, value);
    if (invalid !== null) return `${invalid} in ${text.slice(0, 300)}`;
    return status >= 400 && isJsonObject(value) ? this.#errorProblem(status, value, text) : null;
  }

  #errorProblem(status: number, value: JsonObject, text: string): string | null {
    if (httpStatusOf[value["code"] as ApiErrorCode] !== status) return `the code does not belong to ${status}: ${text}`;
    if (text.includes(this.#home)) return `the error tells a path of the host: ${text}`;
    return /\n\s+at /.test(asText(value["error"])) ? `the error bears a stack: ${text}` : null;
  }

  #validate(schema: JsonObject, value: unknown): string | null {
    const validate = this.#validators.get(schema) ?? this.#compile(schema);
    if (validate(value)) return null;
    const [first] = validate.errors ?? [];
    return `${first?.instancePath ?? ""} ${first?.message ?? "is not valid"} ${JSON.stringify(first?.params ?? {})}`;
  }

  #compile(schema: JsonObject): ValidateFunction {
    const validate = this.#ajv.compile(withReferences(closed(schema)) as object);
    this.#validators.set(schema, validate);
    return validate;
  }
}

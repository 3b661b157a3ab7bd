import type { JsonObject } from "../../json.ts";
import { errorAnswerSchema, httpStatusOf, retryAfterSeconds } from "../error-answer.ts";
import { errorCodesOf, type Answer, type AnswerContent, type Operation } from "../operations/operation.ts";
import type { ComponentSchemas } from "./json-schema.ts";

const bytes: JsonObject = { type: "string", format: "binary" };

function mediaTypeOf(content: AnswerContent, schemas: ComponentSchemas): JsonObject {
  if (content.kind === "none") return {};
  if (content.kind === "json") return { "application/json": { schema: schemas.convert(content.schema).schema } };
  if (content.kind === "events") return { "text/event-stream": { schema: { type: "string" } } };
  return { [content.mediaType]: { schema: content.kind === "bytes" ? bytes : { type: "string" } } };
}

function contentOf({ content }: Answer, schemas: ComponentSchemas): JsonObject {
  const all: readonly AnswerContent[] = "kind" in content ? [content] : content;
  return Object.assign({}, ...all.map((one) => mediaTypeOf(one, schemas))) as JsonObject;
}

function headersOf({ headers }: Answer): JsonObject {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, description]) => [name, { description, schema: { type: "string" } }]));
}

function successes(operation: Operation, schemas: ComponentSchemas): readonly (readonly [string, JsonObject])[] {
  return Object.entries(operation.answers).map(([status, answer]) => {
    const content = contentOf(answer, schemas);
    const headers = headersOf(answer);
    return [status, { description: answer.description, ...(Object.keys(headers).length > 0 && { headers }), ...(Object.keys(content).length > 0 && { content }) }];
  });
}

function failures(operation: Operation, schemas: ComponentSchemas): readonly (readonly [string, JsonObject])[] {
  const codes = [...errorCodesOf(operation)].filter((code) => httpStatusOf[code] !== 499);
  const statuses = [...new Set(codes.map((code) => httpStatusOf[code]))];
  const { schema } = schemas.convert(errorAnswerSchema);
  return statuses.map((status) => {
    const words = codes.filter((code) => httpStatusOf[code] === status).toSorted();
    const retry = retryAfterSeconds(status) === null ? {} : { headers: { "Retry-After": { description: "Seconds to wait.", schema: { type: "string" } } } };
    return [String(status), { description: words.map((word) => `\`${word}\``).join(", "), ...retry, content: { "application/json": { schema } } }];
  });
}

/** The answers of an operation by status, failures included. */
export function responsesOf(operation: Operation, schemas: ComponentSchemas): JsonObject {
  return Object.fromEntries([...successes(operation, schemas), ...failures(operation, schemas)].toSorted(([left], [right]) => Number(left) - Number(right)));
}

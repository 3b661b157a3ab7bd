import type { JsonObject } from "../../json.ts";
import { operations } from "../operations/index.ts";
import type { Operation } from "../operations/operation.ts";
import { responsesOf } from "./answers.ts";
import { ComponentSchemas } from "./json-schema.ts";
import { parametersOf } from "./parameters.ts";

const description = `Runs coding agents in sandboxes, and keeps what they do.

**Errors** have one form everywhere: a sentence, a code, and the request's id. A body with an unknown field is refused.

**Streams** are \`text/event-stream\`. An event is \`id: <number>\`, \`event: rpc:<rpc_id>\` (or \`session\`), and one line of \`data:\`, a JSON-RPC message: the agent's own,
or one of the server's whose method begins with \`_agent_sdk/\`. A prompt ends with exactly one response whose \`id\` is its \`rpc_id\`: a \`result\` with a \`stopReason\`,
or an \`error\` with \`data.kind\`. Come back with the last number as \`Last-Event-ID\`, and nothing is missing or twice.`;

function requestBody({ body }: Operation, schemas: ComponentSchemas): JsonObject | undefined {
  if (body === undefined) return undefined;
  const asJson = body.schema === undefined ? {} : { "application/json": { schema: schemas.convert(body.schema).schema } };
  const asBytes = body.bytes === true ? { "application/octet-stream": { schema: { type: "string", format: "binary" } } } : {};
  return { required: body.required, content: { ...asJson, ...asBytes } };
}

function operationObject(operation: Operation, schemas: ComponentSchemas): JsonObject {
  const parameters = parametersOf(operation, schemas);
  const body = requestBody(operation, schemas);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description !== undefined && { description: operation.description }),
    security: operation.scope === null ? [] : [{ key: [operation.scope] }, ...(operation.tokenScope === undefined ? [] : [{ token: [operation.tokenScope] }])],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: body }),
    responses: responsesOf(operation, schemas),
  };
}

function pathsOf(described: readonly Operation[], schemas: ComponentSchemas): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const operation of described) (paths[operation.path] ??= {})[operation.method.toLowerCase()] = operationObject(operation, schemas);
  return paths;
}

/**
 * The HTTP interface as an OpenAPI 3.1 document, made of the schemas that check it.
 * @param options.version of the server that answers
 * @throws Error where an operation is described wrongly
 */
export function openApiDocument(options: { readonly version: string; readonly operations?: readonly Operation[] }): JsonObject {
  const described = options.operations ?? operations;
  const schemas = new ComponentSchemas();
  const paths = pathsOf(described, schemas);
  return {
    openapi: "3.1.0",
    info: { title: "Agent SDK", version: options.version, description, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "./" }],
    tags: [...new Set(described.map((operation) => operation.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.toJSON(),
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key. A server without keys asks for none, and answers its own machine only. The names beside it are the scope that an operation needs." },
        token: { type: "http", scheme: "bearer", description: "A token for one session, see `POST /sessions/{id}/tokens`. The event stream also takes it as `?token=`." },
      },
    },
  };
}

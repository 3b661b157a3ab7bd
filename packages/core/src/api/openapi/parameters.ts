import { isJsonObject, type JsonObject } from "../../json.ts";
import type { Operation } from "../operations/operation.ts";
import type { ComponentSchemas } from "./json-schema.ts";

const idempotencyKey: JsonObject = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "Makes the call safe to repeat: the first answer is stored for 24 hours and repeated. The same key with another body is a conflict.",
  schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[!-~]+$" },
};

function pathNames(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
}

function pathParameters(operation: Operation, schemas: ComponentSchemas): readonly JsonObject[] {
  return pathNames(operation.path).map((name) => {
    const schema = operation.pathParameters?.[name];
    if (schema === undefined) throw new Error(`Operation ${operation.id} does not describe "${name}" of its path.`);
    return { name, in: "path", required: true, schema: schemas.convert(schema).schema };
  });
}

function queryParameters({ query }: Operation, schemas: ComponentSchemas): readonly JsonObject[] {
  if (query === undefined) return [];
  const { schema, required: isRequired } = schemas.convert(query);
  const { properties, required } = schemas.resolve(schema);
  const names = isRequired && Array.isArray(required) ? (required as readonly string[]) : [];
  return Object.entries(isJsonObject(properties) ? properties : {}).map(([name, member]) => ({ name, in: "query", required: names.includes(name), schema: member }));
}

function headerParameters({ headers, takesIdempotencyKey }: Operation, schemas: ComponentSchemas): readonly JsonObject[] {
  const own = Object.entries(headers ?? {}).map(([name, { schema, description }]) => ({ name, in: "header", required: false, description, schema: schemas.convert(schema).schema }));
  return takesIdempotencyKey ? [...own, idempotencyKey] : own;
}

/** The path's, the query's and the headers' parameters of an operation. @throws Error when the path has a name that is not described */
export function parametersOf(operation: Operation, schemas: ComponentSchemas): readonly JsonObject[] {
  return [...pathParameters(operation, schemas), ...queryParameters(operation, schemas), ...headerParameters(operation, schemas)];
}

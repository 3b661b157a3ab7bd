import type { JsonObject } from "@agent-sdk/core";

export interface ParameterObject {
  readonly name: string;
  readonly in: "header" | "path" | "query";
  readonly required: boolean;
  readonly schema: JsonObject;
}

type Content = Readonly<Record<string, { readonly schema: JsonObject }>>;

export interface DescribedOperation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly ParameterObject[];
  readonly body: { readonly required: boolean; readonly content: Content } | undefined;
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface Description {
  readonly schemas: Readonly<Record<string, JsonObject>>;
  readonly operations: readonly DescribedOperation[];
}

interface OperationObject {
  readonly operationId: string;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: DescribedOperation["body"];
  readonly responses: DescribedOperation["responses"];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> };
}

/** What a running server says of itself, in the form that these tests go through. */
export async function readDescription(url: string): Promise<Description> {
  const { paths, components } = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      parameters: operation.parameters ?? [],
      body: operation.requestBody,
      responses: operation.responses,
    })),
  );
  return { schemas: components.schemas, operations };
}

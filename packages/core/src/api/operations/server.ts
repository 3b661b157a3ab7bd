import * as z from "zod";
import { healthAnswerSchema } from "../health.ts";
import { json, type Operation } from "./operation.ts";

const shared = { method: "GET", tag: "Server", scope: null, takesIdempotencyKey: false, errors: [] } as const;

const openApiDocumentSchema: z.ZodType = z
  .looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }), paths: z.record(z.string(), z.unknown()) })
  .meta({ id: "OpenApiDocument" });

/** What a server says of itself. */
export const serverOperations: readonly Operation[] = [
  {
    ...shared,
    id: "health",
    path: "/health",
    summary: "Whether the server takes requests",
    description: "With the counts of sessions only for who may see them.",
    answers: { 200: json("It does.", healthAnswerSchema) },
  },
  {
    ...shared,
    id: "healthReady",
    path: "/health/ready",
    summary: "Whether requests can be served",
    description: "The database answers and the pool has started; 503 until then, and while the server drains.",
    answers: { 200: json("They can.", healthAnswerSchema) },
  },
  { ...shared, id: "getDescription", path: "/openapi.json", summary: "This description", answers: { 200: json("The description, as OpenAPI 3.1.", openApiDocumentSchema) } },
  { ...shared, id: "getDocs", path: "/docs", summary: "This description as a page", answers: { 200: { description: "The page.", content: { kind: "text", mediaType: "text/html" } } } },
  {
    ...shared,
    id: "getDocsAsset",
    path: "/docs/{asset}",
    summary: "What that page is made of",
    pathParameters: { asset: z.string().min(1).max(128).regex(/^[A-Za-z0-9._-]+$/) },
    answers: {
      200: {
        description: "The file.",
        content: [
          { kind: "text", mediaType: "text/css" },
          { kind: "text", mediaType: "text/javascript" },
          { kind: "bytes", mediaType: "image/png" },
        ],
      },
    },
    errors: ["not_found"],
  },
];

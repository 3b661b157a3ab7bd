import * as z from "zod";
import { uuidField } from "../fields.ts";
import { createKeyAnswerSchema, createKeyBody, deleteKeyQuery, keyListQuery, keyRowSchema } from "../keys.ts";
import { createTokenAnswerSchema, createTokenBody } from "../tokens.ts";
import { json, none, page, type Operation } from "./operation.ts";

const tag = "Access";

/** Keys of callers, and tokens of single sessions. */
export const accessOperations: readonly Operation[] = [
  {
    id: "createKey",
    method: "POST",
    path: "/keys",
    tag,
    summary: "Make a key",
    description: "The answer is the only one that shows it; stored is a hash.",
    scope: "admin",
    takesIdempotencyKey: true,
    body: { schema: createKeyBody, required: false },
    answers: { 200: json("The key.", createKeyAnswerSchema) },
    errors: [],
  },
  {
    id: "listKeys",
    method: "GET",
    path: "/keys",
    tag,
    summary: "The tenant's keys, newest first, without the keys themselves",
    scope: "admin",
    takesIdempotencyKey: false,
    query: keyListQuery,
    answers: { 200: page("A page of keys.", z.array(keyRowSchema)) },
    errors: [],
  },
  {
    id: "deleteKey",
    method: "DELETE",
    path: "/keys/{key_id}",
    tag,
    summary: "Revoke a key, and the tokens that it made",
    description: "At once for every new call, within seconds for streams that are open.",
    scope: "admin",
    takesIdempotencyKey: false,
    pathParameters: { key_id: uuidField },
    query: deleteKeyQuery,
    answers: { 204: none("The key is revoked.") },
    errors: ["not_found"],
  },
  {
    id: "createSessionToken",
    method: "POST",
    path: "/sessions/{id}/tokens",
    tag,
    summary: "Make a token for this session alone",
    description: "With it a browser watches, sends prompts and answers questions without the key. It ends by itself, with the session, and with the key that made it.",
    scope: "sessions",
    takesIdempotencyKey: true,
    pathParameters: { id: uuidField },
    body: { schema: createTokenBody, required: false },
    answers: { 200: json("The token.", createTokenAnswerSchema) },
    errors: ["not_found"],
  },
];

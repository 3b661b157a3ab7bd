import * as z from "zod";
import { resourceName } from "../fields.ts";
import { createVolumeBody, deleteVolumeQuery, volumeAnswerSchema, volumeListQuery, volumeScopeQuery } from "../volumes.ts";
import { json, none, page, type Operation } from "./operation.ts";

const tag = "Volumes";
const pathParameters = { volume: resourceName.meta({ description: "Its id, or its name." }) };

/** Creating, listing, reading and deleting volumes. */
export const volumeOperations: readonly Operation[] = [
  {
    id: "createVolume",
    method: "POST",
    path: "/volumes",
    tag,
    summary: "Create a volume",
    description: "Answers when it can be used.",
    scope: "sessions",
    takesIdempotencyKey: true,
    body: { schema: createVolumeBody, required: true },
    answers: { 200: json("The volume.", volumeAnswerSchema) },
    errors: ["conflict", "not_supported", "provider_failed", "timeout"],
  },
  {
    id: "listVolumes",
    method: "GET",
    path: "/volumes",
    tag,
    summary: "List volumes, newest first",
    scope: "read",
    takesIdempotencyKey: false,
    query: volumeListQuery,
    answers: { 200: page("A page of the tenant's volumes.", z.array(volumeAnswerSchema)) },
    errors: [],
  },
  {
    id: "getVolume",
    method: "GET",
    path: "/volumes/{volume}",
    tag,
    summary: "Read a volume",
    description: "A name that several providers know is a conflict, unless `provider` says which is meant.",
    scope: "read",
    takesIdempotencyKey: false,
    pathParameters,
    query: volumeScopeQuery,
    answers: { 200: json("The volume.", volumeAnswerSchema) },
    errors: ["not_found", "conflict"],
  },
  {
    id: "deleteVolume",
    method: "DELETE",
    path: "/volumes/{volume}",
    tag,
    summary: "Delete a volume with all that is on it",
    description: "Refused while sessions use it. With `force` they are deleted too, each after its sandbox.",
    scope: "sessions",
    takesIdempotencyKey: false,
    pathParameters,
    query: deleteVolumeQuery,
    answers: { 204: none("It is gone.") },
    errors: ["not_found", "conflict", "not_supported", "provider_failed", "sandbox_failed", "superseded", "timeout"],
  },
];

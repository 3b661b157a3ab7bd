import { resourceName } from "../fields.ts";
import { deleteFileBody, fileChangeAnswerSchema, pathQuery } from "../files.ts";
import { fileExistsAnswerSchema } from "../volumes.ts";
import { fileOperations } from "./files.ts";
import { json, type Operation } from "./operation.ts";

const pathParameters = { volume: resourceName.meta({ description: "Its id, or its name." }) };
const errors = ["not_found", "conflict", "not_supported", "too_large", "provider_failed", "sandbox_failed", "timeout"] as const;
const shared = { tag: "Volumes", pathParameters, errors } as const;

/** What is asked of a session's files can be asked of a volume's, by names of its own. */
const ids: Readonly<Record<string, string>> = {
  getFileTree: "getVolumeFileTree",
  readFile: "readVolumeFile",
  downloadFile: "downloadVolumeFile",
  editFile: "editVolumeFile",
  uploadFile: "uploadVolumeFile",
  putFile: "putVolumeFile",
  deleteFile: "deleteVolumeFile",
  renameFile: "renameVolumeFile",
};

const alike = fileOperations.map((operation): Operation => {
  const id = ids[operation.id];
  if (id === undefined) throw new Error(`The files of volumes have no ${operation.id}.`);
  return { ...operation, ...shared, id, path: operation.path.replace("/sessions/{id}/", "/volumes/{volume}/") };
});

/** The files of a volume, without a sandbox. */
export const volumeFileOperations: readonly Operation[] = [
  ...alike,
  {
    ...shared,
    id: "volumeFileExists",
    method: "GET",
    path: "/volumes/{volume}/files/exists",
    summary: "Whether there is a file or a directory",
    scope: "read",
    takesIdempotencyKey: false,
    query: pathQuery,
    answers: { 200: json("Whether there is.", fileExistsAnswerSchema) },
  },
  {
    ...shared,
    id: "makeVolumeDirectory",
    method: "POST",
    path: "/volumes/{volume}/files/mkdir",
    summary: "Make a directory, and those above it",
    scope: "sessions",
    takesIdempotencyKey: true,
    body: { schema: deleteFileBody, required: true },
    answers: { 200: json("It is there.", fileChangeAnswerSchema) },
  },
];

import { AgentSdkError, isJsonObject, type ErrorCode } from "@agent-sdk/core";

/** Why a connection to the engine failed, by the system's code, in words without an address: an answer must not show a path of this machine. */
const connectionFailures: Readonly<Record<string, string>> = {
  EACCES: "this server's user may not use its socket (is it in the group docker?)",
  ECONNREFUSED: "nothing answers at its address",
  ECONNRESET: "it broke the connection off",
  EHOSTUNREACH: "there is no way to its host",
  ENOENT: "its socket does not exist",
  ENOTFOUND: "its host's name is not known",
  EPIPE: "it broke the connection off",
  ETIMEDOUT: "it did not answer in time",
};

const codeOfStatus: Readonly<Record<number, ErrorCode>> = { 404: "not_found", 409: "conflict" };

/** The engine's own words. */
function wordsOf(error: unknown): string {
  const body = (error as { readonly json?: unknown }).json;
  if (isJsonObject(body) && typeof body["message"] === "string") return body["message"];
  return error instanceof Error ? error.message : String(error);
}

/** The HTTP status that the engine answered with; undefined when it did not answer. */
export function statusOf(error: unknown): number | undefined {
  const { statusCode } = error as { readonly statusCode?: unknown };
  return typeof statusCode === "number" ? statusCode : undefined;
}

/** The one sentence for an engine that is out of reach. */
export function unreachable(error: unknown): AgentSdkError {
  const { code } = error as NodeJS.ErrnoException;
  const why = connectionFailures[code ?? ""] ?? "the connection failed";
  return new AgentSdkError("unavailable", `The Docker engine cannot be reached: ${why}. Is it running? DOCKER_HOST says where it is looked for.`, { cause: error });
}

/**
 * What a failed call of the engine means: `unavailable` when it did not answer, `not_found`, `conflict`, else `provider_failed` with its words, in which names
 * stand for the paths of `hidden`.
 */
export function engineFailure(error: unknown, hidden: Readonly<Record<string, string>>): AgentSdkError {
  if (error instanceof AgentSdkError) return error;
  const status = statusOf(error);
  if (status === undefined) return unreachable(error);
  const words = Object.entries(hidden).reduce((text, [name, path]) => text.replaceAll(path, `<${name}>`), wordsOf(error)).slice(0, 2_000);
  return new AgentSdkError(codeOfStatus[status] ?? "provider_failed", `The Docker engine says: ${words}`, { cause: error, details: { engine_status: status } });
}

import { AgentSdkError, type ErrorCode } from "@agent-sdk/core";

const meanings: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EACCES: ["forbidden", "The path may not be used."],
  EDQUOT: ["sandbox_failed", "The disk is full."],
  EEXIST: ["conflict", "The path exists already."],
  EINVAL: ["bad_request", "The operation is not possible on this path."],
  EISDIR: ["bad_request", "The path is a directory."],
  ELOOP: ["forbidden", "The path goes through a symlink that is not allowed here."],
  ENAMETOOLONG: ["bad_request", "The path is too long."],
  ENOENT: ["not_found", "The path does not exist."],
  ENOSPC: ["sandbox_failed", "The disk is full."],
  ENOTDIR: ["not_found", "A part of the path is not a directory."],
  ENOTEMPTY: ["conflict", "The directory is not empty."],
  ENOTSUP: ["not_supported", "The file system cannot do this."],
  EOPNOTSUPP: ["not_supported", "The file system cannot do this."],
  EPERM: ["forbidden", "The path may not be used."],
  EROFS: ["forbidden", "The file system is read-only."],
  EXDEV: ["not_supported", "The two paths are on different file systems."],
};

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** An AgentSdkError for a failed system call; anything else is passed on. Holds the caller's path, never the system's. */
export function fileError(error: unknown, path: string): unknown {
  const meaning = meanings[errorCode(error) ?? ""];
  if (!meaning || error instanceof AgentSdkError) return error;
  return new AgentSdkError(meaning[0], meaning[1], { cause: error, details: { path } });
}

export function forbidden(path: string, message: string): AgentSdkError {
  return new AgentSdkError("forbidden", message, { details: { path } });
}

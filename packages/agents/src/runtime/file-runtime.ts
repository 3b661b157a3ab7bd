import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { AgentSdkError } from "@agent-sdk/core";

/**
 * The version of a runtime that is one file: its contents' hash, so that a changed file is another version.
 * @throws AgentSdkError `internal` when the file cannot be read.
 */
export function fileRuntimeVersion(source: string): string {
  try {
    return createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 16);
  } catch (cause) {
    throw new AgentSdkError("internal", "The agent's program is missing from this installation.", { cause });
  }
}

/** Copies the file into `directory`, under its own name. */
export async function installFile(source: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await copyFile(source, join(directory, basename(source)));
}

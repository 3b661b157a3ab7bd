import { readFile, rename, writeFile } from "node:fs/promises";
import type { IsolationLevel, SandboxLabels, SandboxPaths } from "@agent-sdk/core";
import { isJsonObject } from "@agent-sdk/core";

/** One process of this boot: a pid alone may be somebody else's by now. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since the boot. */
  readonly startTime: string;
  readonly bootId: string;
}

/**
 * How far a sandbox is made.
 *
 * - `making`: the directory exists, a process may.
 * - `started`: `supervisor` is the process that was spawned; nobody has heard of it yet.
 * - `ready`: `supervisor` answered. With namespaces it is the first process of the pid namespace: its end is the end of all.
 */
export type MarkerPhase = "making" | "started" | "ready";

/** What is written of a sandbox beside it. Holds no secret. */
export interface Marker {
  readonly version: 1;
  readonly labels: SandboxLabels;
  readonly createdAt: number;
  readonly phase: MarkerPhase;
  /** The process that makes it: while that lives, an unfinished sandbox is on its way; afterwards it is refuse. */
  readonly creator: ProcessIdentity;
  readonly supervisor: ProcessIdentity | null;
  readonly isolation: IsolationLevel;
  readonly paths: SandboxPaths;
  readonly socketPath: string;
  /** A directory outside the sandbox's own that has to be removed with it. */
  readonly socketDirectory: string | null;
}

/** Replaces the marker by one rename. @throws when the sandbox's directory is gone: somebody destroyed it meanwhile. */
export async function writeMarker(path: string, marker: Marker): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, `${JSON.stringify(marker, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}

function isMarker(value: unknown): value is Marker {
  return isJsonObject(value) && value["version"] === 1 && isJsonObject(value["labels"]) && isJsonObject(value["creator"]) && isJsonObject(value["paths"]);
}

/** The marker, null when there is none. @throws when it is there and cannot be understood. */
export async function readMarker(path: string): Promise<Marker | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
  const value: unknown = JSON.parse(text);
  if (!isMarker(value)) throw new TypeError("The sandbox's marker is not one of this version.");
  return value;
}

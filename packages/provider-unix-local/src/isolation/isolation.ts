import { spawnSync } from "node:child_process";
import { AgentSdkError, type Logger } from "@agent-sdk/core";
import { bubblewrapArguments } from "./bubblewrap-arguments.ts";
import { findProgram } from "./find-program.ts";

/** What was asked for. `auto` is the strongest that the machine is meant to have, never a silent second best. */
export type IsolationMode = "auto" | "namespace" | "process";

/** What sandboxes get. */
export type Isolation =
  | { readonly level: "process" }
  | { readonly level: "namespace"; readonly bubblewrap: string; readonly disableUserNamespaces: boolean };

interface IsolationOptions {
  readonly mode: IsolationMode;
  readonly searchPath: string;
  readonly log: Logger;
}

/** Runs bubblewrap once for real, with all that a sandbox will ask of it. Null when that works, else its words. */
function tryBubblewrap(bubblewrap: string, disableUserNamespaces: boolean): string | null {
  // Any file does for passwd and group here.
  const view = { writable: [], readable: [], passwd: "/dev/null", group: "/dev/null", disableUserNamespaces };
  for (const network of ["none", "open"] as const) {
    const { status, stderr, error } = spawnSync(bubblewrap, [...bubblewrapArguments({ ...view, network }), "/bin/sh", "-c", ":"], { env: {}, encoding: "utf8", timeout: 10_000 });
    if (status !== 0) return (stderr || error?.message || `exit code ${String(status)}`).trim().slice(0, 500);
  }
  return null;
}

const wayOut = "Set AGENT_SDK_ISOLATION=process to run agents without it, as plain processes that can read and write whatever the server's user can.";

/**
 * Finds out what the machine can do. Takes about 20 ms where bubblewrap is installed: ask once.
 * @throws AgentSdkError `not_supported` when the wanted isolation cannot be had.
 */
export function resolveIsolation({ mode, searchPath, log }: IsolationOptions): Isolation {
  if (process.platform !== "linux") throw new AgentSdkError("not_supported", "Local sandboxes need Linux: on other systems their processes cannot be found and ended reliably. Use another provider.");
  if (mode === "process") return { level: "process" };
  const bubblewrap = findProgram("bwrap", searchPath);
  if (bubblewrap === null && mode === "namespace") throw new AgentSdkError("not_supported", `Isolation by namespaces was asked for and bubblewrap (bwrap) is not installed. Install it. ${wayOut}`);
  if (bubblewrap === null) {
    log.warn({ isolation: "process" }, "bubblewrap is not installed: agents run as plain processes and can read and write whatever the server's user can.");
    return { level: "process" };
  }
  const problem = tryBubblewrap(bubblewrap, true);
  if (problem === null) return { level: "namespace", bubblewrap, disableUserNamespaces: true };
  if (tryBubblewrap(bubblewrap, false) === null) return { level: "namespace", bubblewrap, disableUserNamespaces: false };
  throw new AgentSdkError("not_supported", `bubblewrap is installed but does not work here: ${problem}. ${wayOut}`);
}

import type { JsonValue } from "@agent-sdk/core";
import { isJsonObject } from "@agent-sdk/core";
import type { Loss } from "../driver/loss.ts";

/** Null for what is not JSON. The supervisor passes on lines as they are. */
export function parseMessage(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** How the agent ended, by its supervisor's last record. */
export function readExit(params: JsonValue | undefined): Pick<Loss, "exitCode" | "exitSignal" | "stderr"> {
  if (!isJsonObject(params)) return {};
  const { exit_code: code, signal, stderr } = params;
  return {
    exitCode: typeof code === "number" ? code : null,
    exitSignal: typeof signal === "string" ? signal : null,
    stderr: Array.isArray(stderr) ? stderr.map(String) : [],
  };
}

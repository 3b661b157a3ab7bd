import type { AgentConfig, JsonObject, JsonValue } from "@agent-sdk/core";
import { asText, AgentSdkError, isJsonObject } from "@agent-sdk/core";
import type { AgentConnection } from "./agent-connection.ts";
import { AgentRpcError } from "./rpc-error.ts";

type Setting = "mode" | "model" | "thought_level";

const requestMs = 30_000;

/** What an agent said of itself when the conversation was opened: the `configOptions` and `modes` of ACP's session answers. */
export interface Offered {
  readonly configOptions: readonly JsonObject[];
  readonly modes: readonly string[];
}

export function readOffered(answer: JsonValue): Offered {
  if (!isJsonObject(answer)) return { configOptions: [], modes: [] };
  const { configOptions, modes } = answer;
  const available = isJsonObject(modes) && Array.isArray(modes["availableModes"]) ? modes["availableModes"].filter(isJsonObject) : [];
  return { configOptions: Array.isArray(configOptions) ? configOptions.filter(isJsonObject) : [], modes: available.map((mode) => asText(mode["id"])) };
}

function valuesOf(option: JsonObject): readonly string[] {
  const options = Array.isArray(option["options"]) ? option["options"].filter(isJsonObject) : [];
  return options.flatMap((entry) => (Array.isArray(entry["options"]) ? entry["options"].filter(isJsonObject) : [entry])).map((entry) => asText(entry["value"]));
}

function refused(setting: Setting, value: string, offered: readonly string[], cause?: unknown): AgentSdkError {
  const list = offered.length > 0 ? `It offers: ${offered.join(", ")}.` : "It offers none.";
  return new AgentSdkError("bad_request", `The agent does not take ${setting} "${value}". ${list}`, { cause, details: { field: setting, offered } });
}

async function applyOne(connection: AgentConnection, sessionId: string, offered: Offered, setting: Setting, value: string): Promise<void> {
  const option = offered.configOptions.find((candidate) => candidate["category"] === setting || candidate["id"] === setting);
  const values = option ? valuesOf(option) : setting === "mode" ? offered.modes : [];
  if (option?.["currentValue"] === value) return;
  try {
    if (option) await connection.request("session/set_config_option", { sessionId, configId: option["id"] ?? setting, value }, { timeoutMs: requestMs });
    else if (setting === "mode" && offered.modes.length > 0) await connection.request("session/set_mode", { sessionId, modeId: value }, { timeoutMs: requestMs });
    else throw refused(setting, value, values);
  } catch (error) {
    if (error instanceof AgentRpcError) throw refused(setting, value, values, error);
    throw error;
  }
}

/** Applies what the session wants and the agent has not by itself; agents forget it over a restore. @throws `bad_request` with the offered values. */
export async function applySettings(connection: AgentConnection, sessionId: string, offered: Offered, wanted: Pick<AgentConfig, "mode" | "model" | "thoughtLevel">): Promise<void> {
  if (wanted.model !== null) await applyOne(connection, sessionId, offered, "model", wanted.model);
  if (wanted.mode !== null) await applyOne(connection, sessionId, offered, "mode", wanted.mode);
  if (wanted.thoughtLevel !== null) await applyOne(connection, sessionId, offered, "thought_level", wanted.thoughtLevel);
}

/** Another model for what follows. @throws `bad_request` when the agent refuses it. */
export async function setModel(connection: AgentConnection, sessionId: string, model: string): Promise<void> {
  try {
    await connection.request("session/set_config_option", { sessionId, configId: "model", value: model }, { timeoutMs: requestMs });
  } catch (error) {
    if (error instanceof AgentRpcError) throw refused("model", model, [], error);
    throw error;
  }
}

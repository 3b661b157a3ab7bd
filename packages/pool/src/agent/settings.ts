import type { AgentBehaviour, SettingCarrier, SettingCarriers } from "@agent-sdk/agents";
import type { AgentConfig, JsonObject, JsonValue } from "@agent-sdk/core";
import { asText, AgentSdkError, isJsonObject } from "@agent-sdk/core";
import type { AgentConnection } from "./agent-connection.ts";
import { AgentRpcError } from "./rpc-error.ts";

type Setting = "mode" | "model" | "thought_level";

const carrierOf: Readonly<Record<Setting, keyof SettingCarriers>> = { mode: "mode", model: "model", thought_level: "thoughtLevel" };
const requestMs = 30_000;

/** A list of an agent's and what is chosen of it. */
interface Choice {
  readonly current: string | null;
  readonly values: readonly string[];
}

/** What an agent said of itself when the conversation was opened: the `configOptions`, `modes` and, of older ones, `models` of ACP's session answers. */
export interface Offered {
  readonly configOptions: readonly JsonObject[];
  readonly modes: Choice;
  readonly models: Choice;
}

function readChoice(value: JsonValue | undefined, names: { readonly current: string; readonly available: string; readonly id: string }): Choice {
  if (!isJsonObject(value)) return { current: null, values: [] };
  const { [names.current]: current, [names.available]: available } = value;
  return { current: typeof current === "string" ? current : null, values: Array.isArray(available) ? available.filter(isJsonObject).map((entry) => asText(entry[names.id])) : [] };
}

export function readOffered(answer: JsonValue): Offered {
  const { configOptions, modes, models } = isJsonObject(answer) ? answer : { configOptions: null, modes: null, models: null };
  return {
    configOptions: Array.isArray(configOptions) ? configOptions.filter(isJsonObject) : [],
    modes: readChoice(modes, { current: "currentModeId", available: "availableModes", id: "id" }),
    models: readChoice(models, { current: "currentModelId", available: "availableModels", id: "modelId" }),
  };
}

function valuesOf(option: JsonObject): readonly string[] {
  const options = Array.isArray(option["options"]) ? option["options"].filter(isJsonObject) : [];
  return options.flatMap((entry) => (Array.isArray(entry["options"]) ? entry["options"].filter(isJsonObject) : [entry])).map((entry) => asText(entry["value"]));
}

/** How a setting is carried by what this agent offers: by its own option, whatever the definition calls it, else as its definition says. */
interface Way extends Choice {
  readonly carrier: SettingCarrier;
}

function wayOf(setting: Setting, offered: Offered, behaviour: AgentBehaviour): Way | null {
  const carrier = behaviour.settings[carrierOf[setting]];
  const configId = carrier?.method === "session/set_config_option" ? carrier.configId : setting;
  const option = offered.configOptions.find((candidate) => candidate["id"] === configId) ?? offered.configOptions.find((candidate) => candidate["category"] === setting);
  if (option) return { carrier: { method: "session/set_config_option", configId: asText(option["id"], configId) }, current: asText(option["currentValue"]), values: valuesOf(option) };
  if (setting === "mode" && offered.modes.values.length > 0) return { carrier: { method: "session/set_mode" }, ...offered.modes };
  return setting === "model" && carrier?.method === "session/set_model" ? { carrier, ...offered.models } : null;
}

function refused(setting: Setting, value: string, offered: readonly string[], cause?: unknown): AgentSdkError {
  const list = offered.length > 0 ? `It offers: ${offered.join(", ")}.` : "It offers none.";
  return new AgentSdkError("bad_request", `The agent does not take ${setting} "${value}". ${list}`, { cause, details: { field: setting, offered } });
}

function paramsOf(carrier: SettingCarrier, sessionId: string, value: string): JsonObject {
  if (carrier.method === "session/set_config_option") return { sessionId, configId: carrier.configId, value };
  return carrier.method === "session/set_mode" ? { sessionId, modeId: value } : { sessionId, modelId: value };
}

async function change(connection: AgentConnection, sessionId: string, carrier: SettingCarrier, value: string, behaviour: AgentBehaviour): Promise<void> {
  const quiet = carrier.method === "session/set_mode" && behaviour.saysModeChanges;
  await connection.request(carrier.method, paramsOf(carrier, sessionId, value), { timeoutMs: requestMs, ...(quiet ? { repeats: "until_answered" as const } : {}) });
}

async function applyOne(connection: AgentConnection, sessionId: string, offered: Offered, setting: Setting, value: string, behaviour: AgentBehaviour): Promise<void> {
  const way = wayOf(setting, offered, behaviour);
  if (!way) throw refused(setting, value, []);
  if (way.current === value) return;
  try {
    await change(connection, sessionId, way.carrier, value, behaviour);
  } catch (error) {
    if (error instanceof AgentRpcError) throw refused(setting, value, way.values, error);
    throw error;
  }
}

/** Applies what the session wants and the agent has not by itself; agents forget it over a restore. @throws `bad_request` with the offered values. */
export async function applySettings(
  connection: AgentConnection,
  sessionId: string,
  offered: Offered,
  wanted: Pick<AgentConfig, "mode" | "model" | "thoughtLevel">,
  behaviour: AgentBehaviour,
): Promise<void> {
  if (wanted.model !== null) await applyOne(connection, sessionId, offered, "model", wanted.model, behaviour);
  if (wanted.mode !== null) await applyOne(connection, sessionId, offered, "mode", wanted.mode, behaviour);
  if (wanted.thoughtLevel !== null) await applyOne(connection, sessionId, offered, "thought_level", wanted.thoughtLevel, behaviour);
}

/** Another model for what follows. @throws `bad_request` when the agent refuses it. */
export async function setModel(connection: AgentConnection, sessionId: string, model: string, behaviour: AgentBehaviour): Promise<void> {
  try {
    await change(connection, sessionId, behaviour.settings.model ?? { method: "session/set_config_option", configId: "model" }, model, behaviour);
  } catch (error) {
    if (error instanceof AgentRpcError) throw refused("model", model, [], error);
    throw error;
  }
}

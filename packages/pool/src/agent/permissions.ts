import type { JsonObject, JsonRpcErrorObject, JsonRpcId, JsonValue, PermissionPolicy } from "@agent-sdk/core";
import { isJsonObject, ownEvent } from "@agent-sdk/core";
import { methodNotFound } from "./rpc-error.ts";

export interface AgentRequest {
  readonly id: JsonRpcId;
  readonly method: string;
  readonly params: JsonValue;
}

/** What to answer an agent, and what to record of it. */
export interface Answer {
  readonly reply: { readonly result: JsonValue } | { readonly error: JsonRpcErrorObject };
  readonly events: readonly string[];
}

/** Option ids differ between agents; kinds are the protocol's (https://agentclientprotocol.com/protocol/tool-calls#requesting-permission). */
const kindsByPolicy: Readonly<Record<"allow" | "deny", readonly string[]>> = {
  allow: ["allow_once", "allow_always"],
  deny: ["reject_once", "reject_always"],
};

function chooseOption(params: JsonValue, policy: "allow" | "deny"): JsonObject | null {
  const options = isJsonObject(params) && Array.isArray(params["options"]) ? params["options"].filter(isJsonObject) : [];
  for (const kind of kindsByPolicy[policy]) {
    const option = options.find((candidate) => candidate["kind"] === kind);
    if (option) return option;
  }
  return null;
}

function answerPermission(request: AgentRequest, policy: "allow" | "deny", decidedBy: string): Answer {
  const option = chooseOption(request.params, policy);
  const outcome: JsonObject = option ? { outcome: "selected", optionId: option["optionId"] ?? null } : { outcome: "cancelled" };
  const toolCall = isJsonObject(request.params) ? (request.params["toolCall"] ?? null) : null;
  return {
    reply: { result: { outcome } },
    events: [
      ownEvent("permission_requested", { request_id: request.id, tool_call: toolCall }),
      ownEvent("permission_resolved", { request_id: request.id, outcome, policy: decidedBy, ...(option ? { option_kind: option["kind"] ?? null } : { reason: "the agent offered no option of that kind" }) }),
    ],
  };
}

/** Answers a request of the agent by the session's policy. A prompt that is being cancelled has its questions cancelled, as ACP demands. */
export function answerRequest(request: AgentRequest, policy: PermissionPolicy, cancelling: boolean): Answer {
  if (request.method === "session/request_permission") {
    if (!cancelling) return answerPermission(request, policy === "allow" ? "allow" : "deny", policy);
    return { reply: { result: { outcome: { outcome: "cancelled" } } }, events: [ownEvent("permission_resolved", { request_id: request.id, outcome: { outcome: "cancelled" }, policy: "prompt_cancelled" })] };
  }
  // Nothing else was offered to the agent at initialize.
  return { reply: { error: { code: methodNotFound, message: `${request.method} is not offered by this client.` } }, events: [] };
}

import type { JsonObject, QuestionKind } from "@agent-sdk/core";
import { permissionOptions } from "@agent-sdk/core";

/** Option ids differ between agents; kinds are the protocol's (https://agentclientprotocol.com/protocol/tool-calls#requesting-permission). */
const kindsByPolicy: Readonly<Record<"allow" | "deny", readonly string[]>> = {
  allow: ["allow_once", "allow_always"],
  deny: ["reject_once", "reject_always"],
};

export function selectedReply(optionId: string): JsonObject {
  return { outcome: { outcome: "selected", optionId } };
}

/** What the protocol has for a question that nobody decided. */
export function cancelledReply(kind: QuestionKind): JsonObject {
  return kind === "permission" ? { outcome: { outcome: "cancelled" } } : { action: "cancel" };
}

/** What a policy answers. Nobody who could fill in a form is there: to allow one is to leave it, to deny one is to decline it. */
export function policyReply(kind: QuestionKind, params: JsonObject, policy: "allow" | "deny"): JsonObject {
  if (kind === "elicitation") return { action: policy === "allow" ? "cancel" : "decline" };
  const options = permissionOptions(params);
  const chosen = kindsByPolicy[policy].map((wanted) => options.find((option) => option.kind === wanted)).find((option) => option !== undefined);
  return chosen ? selectedReply(chosen.optionId) : cancelledReply(kind);
}

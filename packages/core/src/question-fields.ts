import type { JsonObject } from "./json.ts";
import { asText, isJsonObject } from "./json.ts";
import type { NewQuestion, Question, Verdict } from "./question.ts";

/** One of the ways in which an agent may be answered. `kind`: `allow_once`, `allow_always`, `reject_once`, `reject_always`. */
export interface PermissionOption {
  readonly optionId: string;
  readonly kind: string;
  readonly name: string;
}

type Asked = Pick<NewQuestion | Question, "kind" | "params">;

/** The options of a permission request that can be chosen by their ids. */
export function permissionOptions(params: JsonObject): readonly PermissionOption[] {
  const options = Array.isArray(params["options"]) ? params["options"].filter(isJsonObject) : [];
  return options.flatMap(({ optionId, kind, name }) => (typeof optionId === "string" ? [{ optionId, kind: asText(kind), name: asText(name) }] : []));
}

/** What is asked, in the wire's names. Of the two kinds of question each has only its own. */
export interface AskedFields {
  readonly tool_call: JsonObject | null;
  readonly options: readonly { readonly option_id: string; readonly kind: string; readonly name: string }[];
  readonly mode: string | null;
  readonly message: string | null;
  readonly requested_schema: JsonObject | null;
  readonly url: string | null;
  readonly elicitation_id: string | null;
}

export function askedFields({ kind, params }: Asked): AskedFields {
  const { toolCall, requestedSchema, mode, message, url, elicitationId } = params;
  const isForm = kind === "elicitation";
  return {
    tool_call: !isForm && isJsonObject(toolCall) ? toolCall : null,
    options: isForm ? [] : permissionOptions(params).map(({ optionId, kind: optionKind, name }) => ({ option_id: optionId, kind: optionKind, name })),
    mode: isForm ? asText(mode, "form") : null,
    message: isForm ? asText(message) : null,
    requested_schema: isForm && isJsonObject(requestedSchema) ? requestedSchema : null,
    url: isForm && typeof url === "string" ? url : null,
    elicitation_id: isForm && typeof elicitationId === "string" ? elicitationId : null,
  };
}

/** What was answered, in the wire's names. What somebody filled into a form is the agent's alone. */
export interface VerdictFields {
  /** Of a permission: `{outcome: "selected", option_id}` or `{outcome: "cancelled"}`. */
  readonly outcome: JsonObject | null;
  readonly option_kind: string | null;
  readonly option_name: string | null;
  /** Of an elicitation: `accept`, `decline`, `cancel`. */
  readonly action: string | null;
}

export function verdictFields({ kind, params }: Asked, { reply }: Pick<Verdict, "reply">): VerdictFields {
  if (kind === "elicitation") return { outcome: null, option_kind: null, option_name: null, action: asText(reply["action"], "cancel") };
  const { outcome, optionId } = isJsonObject(reply["outcome"]) ? reply["outcome"] : {};
  if (outcome !== "selected" || typeof optionId !== "string") return { outcome: { outcome: "cancelled" }, option_kind: null, option_name: null, action: null };
  const option = permissionOptions(params).find((candidate) => candidate.optionId === optionId);
  return { outcome: { outcome: "selected", option_id: optionId }, option_kind: option?.kind ?? null, option_name: option?.name ?? null, action: null };
}

import type { JsonObject, JsonRpcId } from "./json.ts";

/** `permission`: ACP's `session/request_permission`; `elicitation`: its `elicitation/create`. */
export type QuestionKind = "elicitation" | "permission";

/**
 * `open` → `answered` → `delivered`; `open | answered` → `lost`. An answer is accepted when it is in the row, and delivered when the sandbox has taken it for
 * the agent. `lost`: the agent's process is gone, so nobody waits for the answer any more. The last two are never left.
 */
export type QuestionState = "answered" | "delivered" | "lost" | "open";

/** Who decided where nobody was asked, or nobody answered. Recorded with every such decision. */
export type DecidedBy =
  /** Somebody, over HTTP. */
  | "caller"
  /** The session's policy, or one of its rules. */
  | "allow"
  | "deny"
  /** More questions were open than a session may have. */
  | "too_many"
  /** Nobody answered in the time that the session gives. */
  | "timeout"
  | "prompt_cancelled"
  /** The agent took its question back, or did not need an answer any more. */
  | "withdrawn"
  | "completed"
  /** The agent's process, or its whole sandbox, ended. */
  | "agent_lost"
  | "sandbox_released";

/** What was decided about a question. */
export interface Verdict {
  /** The result of the agent's request, as the protocol has it: `{outcome: …}` for a permission, `{action, content?}` for an elicitation. */
  readonly reply: JsonObject;
  readonly decidedBy: DecidedBy;
  /** Who, where `decidedBy` is `caller` and the server knows it. */
  readonly caller: string | null;
}

/** A question of the agent that somebody has to answer. Kept as long as its session. */
export interface Question {
  /** Chosen by the owner; unique in the session. */
  readonly id: string;
  readonly sessionId: string;
  readonly kind: QuestionKind;
  readonly state: QuestionState;
  /** The prompt that the agent was at when it asked. */
  readonly rpcId: string | null;
  /** Where in which journal it stands: no question is stored twice. */
  readonly runId: string;
  readonly position: number;
  /** The agent's own id of the request, which the answer bears. An agent may use one again in another question. */
  readonly requestId: JsonRpcId;
  /** The request's params. Large ones are cut down; the session's stream has the whole request. */
  readonly params: JsonObject;
  readonly verdict: Verdict | null;
  readonly createdAt: Date;
  /** Unanswered until then, it is decided by `timeout`; later where the session has changed its owner meanwhile, never earlier. */
  readonly expiresAt: Date | null;
  readonly decidedAt: Date | null;
  /** When it became `delivered` or `lost`. */
  readonly settledAt: Date | null;
}

/** A question before the store has it. */
export interface NewQuestion extends Pick<Question, "id" | "kind" | "params" | "position" | "requestId" | "rpcId" | "runId"> {
  /** Null: it waits without end. */
  readonly timeoutMs: number | null;
}

/** What somebody answers: one of a permission's options, or nothing; to an elicitation an action, with what was filled in. */
export type QuestionAnswer =
  | { readonly type: "action"; readonly action: "accept" | "cancel" | "decline"; readonly content: JsonObject | null }
  | { readonly type: "cancelled" }
  | { readonly type: "option"; readonly optionId: string };

/** How many questions of a session may be open. An agent that asks more is answered that its question was cancelled. */
export const maxOpenQuestions = 100;

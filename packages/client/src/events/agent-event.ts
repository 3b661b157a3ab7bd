import type { JsonObject, JsonValue } from "@agent-sdk/core";

interface EventBase {
  /** Its number in the session's sequence: 1, 2, 3 … */
  readonly seq: number;
  /** The prompt that it belongs to; null for events of the session. */
  readonly rpcId: string | null;
  /** The JSON-RPC message as the agent sent it, with everything that this version does not know. */
  readonly raw: JsonObject;
  /** The event for people: what a terminal would show. Empty where there is nothing to show. */
  toString(): string;
}

/** A piece of the agent's answer. */
export interface TextEvent extends EventBase {
  readonly type: "text";
  readonly text: string;
}

/** A piece of what the agent thinks. */
export interface ReasoningEvent extends EventBase {
  readonly type: "reasoning";
  readonly text: string;
}

/** A tool was called, or says more about its call. */
export interface ToolEvent extends EventBase {
  readonly type: "tool";
  readonly toolCallId: string;
  /** Null in an update that does not repeat it. */
  readonly title: string | null;
  /** `read`, `edit`, `execute` … (https://agentclientprotocol.com/protocol/tool-calls). */
  readonly kind: string | null;
  readonly status: string | null;
  readonly input: JsonValue;
}

/** A tool's call ended. */
export interface ToolResultEvent extends EventBase {
  readonly type: "tool_result";
  readonly toolCallId: string;
  readonly title: string | null;
  readonly status: "completed" | "failed";
  /** ACP's content blocks of the call. */
  readonly content: JsonValue;
  readonly output: JsonValue;
}

export interface PlanEvent extends EventBase {
  readonly type: "plan";
  readonly entries: readonly JsonObject[];
}

/** What was used. Null is not reported, never zero. */
export interface UsageEvent extends EventBase {
  readonly type: "usage";
  /** Tokens in the context. */
  readonly used: number | null;
  /** The context's size in tokens. */
  readonly size: number | null;
  readonly cost: JsonValue;
}

/** One of the ways in which the agent may be answered. */
export interface PermissionOption {
  readonly optionId: string;
  /** `allow_once`, `allow_always`, `reject_once`, `reject_always`. */
  readonly kind: string;
  readonly name: string;
}

/** What the agent wants to be filled in, or where it sends somebody. */
export interface Elicitation {
  readonly mode: string;
  readonly message: string;
  /** Of a form: a JSON Schema of flat fields. */
  readonly requestedSchema: JsonObject | null;
  readonly url: string | null;
}

/** The agent asked something, or was answered. `session.answerPermission(requestId, …)` answers it while it is open. */
export interface PermissionEvent extends EventBase {
  readonly type: "permission";
  readonly state: "requested" | "resolved";
  readonly requestId: string | null;
  readonly kind: "elicitation" | "permission";
  /** Of the tool call, or what the elicitation says. */
  readonly title: string | null;
  readonly toolCall: JsonObject | null;
  /** Empty for an elicitation, and when it is resolved. */
  readonly options: readonly PermissionOption[];
  readonly elicitation: Elicitation | null;
  /** Once resolved, of a permission: `{outcome: "selected", option_id}` or `{outcome: "cancelled"}`. */
  readonly outcome: JsonValue;
  /** The kind of the option that was selected. */
  readonly optionKind: string | null;
  /** Once resolved, of an elicitation: `accept`, `decline`, `cancel`. */
  readonly action: string | null;
  /** Which policy answered; null where somebody did. */
  readonly policy: string | null;
  readonly answeredBy: string | null;
}

/** The commands that the agent offers. */
export interface CommandsEvent extends EventBase {
  readonly type: "commands";
  readonly commands: readonly JsonObject[];
}

/** The agent was started anew, and how much of the conversation came with it. */
export interface RestoredEvent extends EventBase {
  readonly type: "restored";
  readonly how: string;
  readonly reason: string | null;
}

/** A prompt ended. The last event of its prompt. */
export interface DoneEvent extends EventBase {
  readonly type: "done";
  /** `end_turn`, `cancelled`, `max_tokens`, `max_turn_requests`, `refusal`. */
  readonly stopReason: string;
  readonly usage: JsonValue;
}

/** A prompt failed. The last event of its prompt. */
export interface ErrorEvent extends EventBase {
  readonly type: "error";
  /** `sandbox_process_died`, `auth_required`, `agent_error` … */
  readonly kind: string;
  readonly message: string;
}

/** Everything else: see `raw`. */
export interface OtherEvent extends EventBase {
  readonly type: "other";
  /** The method, or the kind of update. */
  readonly name: string;
}

/** What a session's stream tells, by `type`. */
export type AgentEvent =
  | CommandsEvent
  | DoneEvent
  | ErrorEvent
  | OtherEvent
  | PermissionEvent
  | PlanEvent
  | ReasoningEvent
  | RestoredEvent
  | TextEvent
  | ToolEvent
  | ToolResultEvent
  | UsageEvent;

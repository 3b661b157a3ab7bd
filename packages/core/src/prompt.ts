import { AgentSdkError } from "./errors.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/**
 * `queued` → `running` → `done | failed | cancelled`; a queued prompt may also go to `cancelled` or `failed` without running. Terminal states absorb.
 * Only the session's owner moves a prompt, but for the way from `queued` to `cancelled`, which any replica may take on a caller's word.
 */
export type PromptState = "queued" | "running" | "done" | "failed" | "cancelled";

/** The kinds of failure that end a prompt. */
export const failureKinds = ["agent_error", "auth_required", "budget_exceeded", "sandbox_internal_error", "sandbox_process_died", "sandbox_unreachable", "timeout", "unknown"] as const;

/** `data.kind` of a terminal frame. */
export type FailureKind = (typeof failureKinds)[number];

/** Narrows a value from outside to a kind that we know. */
export function isFailureKind(value: unknown): value is FailureKind {
  return failureKinds.some((kind) => kind === value);
}

/** The stop reasons of ACP v1 (https://agentclientprotocol.com/protocol/prompt-turn). */
export type StopReason = "cancelled" | "end_turn" | "max_tokens" | "max_turn_requests" | "refusal";

/** What to do when the sandbox is lost while the prompt runs: end it with an error, or drive it once more and say so. */
export type OnSandboxLoss = "fail" | "retry";

export interface Prompt {
  /** Unique in its session. It is the JSON-RPC id of the prompt's terminal frame. */
  readonly rpcId: string;
  readonly sessionId: string;
  /** First in, first out: 1, 2, 3 … in a session. */
  readonly position: number;
  readonly state: PromptState;
  /** ACP content blocks (https://agentclientprotocol.com/protocol/content). */
  readonly content: readonly JsonObject[];
  readonly model: string | null;
  readonly onSandboxLoss: OnSandboxLoss;
  /** How often it was handed to an agent: 0 while queued, 2 after a re-drive. */
  readonly attempt: number;
  readonly cancelRequestedAt: Date | null;
  readonly stopReason: string | null;
  readonly error: JsonValue;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

const successors: Readonly<Record<PromptState, readonly PromptState[]>> = {
  queued: ["running", "cancelled", "failed"],
  // To itself: a re-drive after its sandbox was lost.
  running: ["running", "done", "failed", "cancelled"],
  done: [],
  failed: [],
  cancelled: [],
};

/** True when a prompt may go from one state to another. */
export function canMovePrompt(from: PromptState, to: PromptState): boolean {
  return successors[from].includes(to);
}

/** True for a state that is never left. */
export function isTerminalPromptState(state: PromptState): boolean {
  return successors[state].length === 0;
}

/** @throws AgentSdkError `conflict` when the move is not one of the state machine's. */
export function assertPromptMove(from: PromptState, to: PromptState): void {
  if (!canMovePrompt(from, to)) throw new AgentSdkError("conflict", `A prompt that is ${from} cannot become ${to}.`);
}

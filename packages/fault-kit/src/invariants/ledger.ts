import type { Commit, CommitResult, JsonObject, SandboxState, Session } from "@agent-sdk/core";
import { isJsonObject, ownEventPrefix } from "@agent-sdk/core";
import type { Violations } from "../kernel/violations.ts";
import type { AgentWitness } from "../world/sim-agent.ts";
import type { StoreObserver } from "../world/sim-store.ts";

interface SessionNotes {
  generation: number;
  lastSeq: number;
  sandbox: SandboxState | null;
  innerSessionId: string | null;
  conversationStarted: boolean;
  deleted: boolean;
  /** How many sessions have borne this id: one whose creation failed is taken back, and its id may be used again. */
  readonly incarnation: number;
  readonly journal: Map<string, number>;
}

/** What an agent said of a prompt. */
export interface Utterance {
  readonly mark: string;
  readonly runName: string;
  readonly rpcId: string;
}

/** Notes every change at the moment at which it is applied, beside the store that it is applied to, and checks what can be checked at once. */
export class Ledger implements AgentWitness {
  readonly sessions: Map<string, SessionNotes> = new Map();
  readonly utterances: Utterance[] = [];
  readonly executions: Map<string, number> = new Map();
  readonly agentAnswers: Set<string> = new Set();
  /** Sandbox ids for which a durable intent was seen. */
  readonly intents: Set<string> = new Set();
  readonly #violations: Violations;

  constructor(violations: Violations) {
    this.#violations = violations;
  }

  notes(sessionId: string): SessionNotes {
    const known = this.sessions.get(sessionId);
    if (known) return known;
    const fresh: SessionNotes = { generation: 0, lastSeq: 0, sandbox: null, innerSessionId: null, conversationStarted: false, deleted: false, incarnation: 1, journal: new Map() };
    this.sessions.set(sessionId, fresh);
    return fresh;
  }

  promptBegan({ rpcId }: { readonly rpcId: string }): void {
    this.executions.set(rpcId, (this.executions.get(rpcId) ?? 0) + 1);
  }

  said(utterance: Utterance): void {
    this.utterances.push(utterance);
  }

  answered({ rpcId }: { readonly rpcId: string }): void {
    this.agentAnswers.add(rpcId);
  }

  readonly observe: StoreObserver = ({ part, method, args, result }) => {
    if (part === "commits") (args[0] as readonly Commit[]).forEach((commit, index) => this.#onCommit(commit, (result as readonly CommitResult[])[index]));
    if (method === "acquire" && isJsonObject(result) && result["outcome"] === "acquired") this.#onAcquired((result as unknown as { session: Session }).session);
    if (method === "insert" && part === "sessions") this.#onInserted(result as Session);
    if (method === "enqueue" && isJsonObject(result)) this.#onNumbered((args[0] as { sessionId: string }).sessionId, result["seq"]);
    if (method === "cancelQueued" && isJsonObject(result)) this.#onNumbered(args[0] as string, result["seq"]);
    if (method === "remove" && part === "sessions" && result === true) this.notes(args[0] as string).deleted = true;
  };

  #onInserted(session: Session): void {
    const before = this.sessions.get(session.id);
    this.#violations.check(!before?.deleted || session.head.generation > before.generation, "3 generations never fall, over a removal either", () => `${session.id}: ${session.head.generation} after ${before?.generation}`);
    this.sessions.delete(session.id);
    const fresh = this.notes(session.id);
    this.sessions.set(session.id, { ...fresh, sandbox: session.sandbox, generation: session.head.generation, incarnation: before?.deleted ? before.incarnation + 1 : fresh.incarnation });
  }

  #onNumbered(sessionId: string, seq: unknown): void {
    if (typeof seq === "number") this.notes(sessionId).lastSeq = Math.max(this.notes(sessionId).lastSeq, seq);
  }

  #onAcquired(session: Session): void {
    const notes = this.notes(session.id);
    this.#violations.check(session.head.generation === notes.generation + 1, "17 a generation grows by one at each acquisition", () => `${session.id}: ${notes.generation} → ${session.head.generation}`);
    notes.generation = session.head.generation;
  }

  #onCommit(commit: Commit, result: CommitResult | undefined): void {
    if (result?.outcome !== "committed") return;
    const notes = this.notes(commit.sessionId);
    this.#violations.check(commit.generation === notes.generation, "1 an event's generation is the session's at its commit", () => `${commit.sessionId}: ${commit.generation}, now ${notes.generation}`);
    notes.lastSeq = Math.max(notes.lastSeq, result.lastSeq);
    if (commit.journal) notes.journal.set(commit.journal.runId, Math.max(notes.journal.get(commit.journal.runId) ?? 0, commit.journal.position));
    if (commit.sandbox) {
      notes.sandbox = commit.sandbox;
      if (commit.sandbox.phase === "creating" && commit.sandbox.sandboxId !== null) this.intents.add(commit.sandbox.sandboxId);
    }
    if (commit.innerSessionId !== undefined) this.#onConversation(commit, notes);
    if (commit.conversationStarted !== undefined) notes.conversationStarted = commit.conversationStarted;
  }

  #onConversation(commit: Commit, notes: SessionNotes): void {
    const isOther = notes.innerSessionId !== null && notes.conversationStarted && commit.innerSessionId !== notes.innerSessionId;
    const says = commit.events.some(({ message }) => {
      const parsed = JSON.parse(message) as JsonObject;
      return parsed["method"] === `${ownEventPrefix}restored`;
    });
    this.#violations.check(!isOther || says, "a conversation is never begun anew without a word", () => `${commit.sessionId}: ${String(notes.innerSessionId)} → ${String(commit.innerSessionId)}`);
    notes.innerSessionId = commit.innerSessionId ?? null;
  }
}

import type { ApiKey, SessionToken } from "../../access.ts";
import type { RuntimeEnv } from "../../env.ts";
import { AgentSdkError } from "../../errors.ts";
import type { StoredEvent } from "../../event.ts";
import type { Prompt } from "../../prompt.ts";
import type { Question } from "../../question.ts";
import type { Agent, JournalCursor, SessionIntents, SessionLimits, SessionSettings, Volume } from "../../session.ts";
import type { SandboxState } from "../../sandbox-state.ts";
import type { CommitResult, StoredAnswer } from "../../store.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export type PromptRow = Mutable<Prompt>;
export type QuestionRow = Mutable<Question>;
export type VolumeRow = Mutable<Volume>;
export type AgentRow = Mutable<Agent>;

/** A session with its head, events and prompts: what is locked together in a database is one object here. */
export interface SessionRow {
  readonly id: string;
  readonly tenant: string;
  readonly agentId: string;
  readonly volumeId: string;
  readonly mountedVolumeIds: readonly string[];
  readonly createdAt: number;
  settings: SessionSettings;
  sandbox: SandboxState;
  innerSessionId: string | null;
  conversationStarted: boolean;
  intents: Mutable<SessionIntents>;
  lastActivityAt: number;
  ownerReplicaId: string | null;
  generation: number;
  lastSeq: number;
  firstSeq: number;
  lastPosition: number;
  journal: JournalCursor | null;
  lastCommit: { readonly id: string; readonly result: CommitResult } | null;
  events: StoredEvent[];
  /** By position. */
  readonly prompts: PromptRow[];
  readonly limits: SessionLimits;
  /** Oldest first. */
  readonly questions: QuestionRow[];
}

export interface ReplicaRow {
  readonly replicaId: string;
  readonly url: string | null;
  expiresAt: number;
}

export interface IdempotencyRow {
  readonly tenant: string;
  readonly requestHash: string;
  begunAt: number;
  answer: StoredAnswer | null;
}

export interface KeyRow {
  readonly key: Omit<ApiKey, "createdAt" | "expiresAt">;
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

export interface TokenRow {
  readonly token: Omit<SessionToken, "createdAt" | "expiresAt" | "tenant">;
  readonly hash: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface Tables {
  readonly env: Pick<RuntimeEnv, "clock" | "random">;
  readonly agents: Map<string, AgentRow>;
  readonly volumes: Map<string, VolumeRow>;
  readonly sessions: Map<string, SessionRow>;
  /** The last generation of each removed session. */
  readonly removedSessions: Map<string, number>;
  readonly replicas: Map<string, ReplicaRow>;
  readonly idempotency: Map<string, IdempotencyRow>;
  readonly keys: Map<string, KeyRow>;
  readonly tokens: Map<string, TokenRow>;
}

export function emptyTables(env: Pick<RuntimeEnv, "clock" | "random">): Tables {
  return {
    env, agents: new Map(), volumes: new Map(), sessions: new Map(), removedSessions: new Map(), replicas: new Map(), idempotency: new Map(), keys: new Map(), tokens: new Map(),
  };
}

/** The model's "database time", in milliseconds since 1970. */
export function currentMoment(tables: Tables): number {
  return tables.env.clock.now();
}

export function dateOf(milliseconds: number): Date {
  // oxlint-disable-next-line no-restricted-globals -- makes a value from the Env's time, reads no clock
  return new Date(milliseconds);
}

/** What leaves and enters the store is never shared with the caller. */
export function copy<T>(value: T): T {
  return structuredClone(value);
}

/** In random order, as a database is asked to give what several replicas look for. */
export function shuffled<T>(tables: Tables, values: readonly T[]): T[] {
  const keyed = values.map((value) => ({ value, key: tables.env.random.number() }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ value }) => value);
}

export function isAlive(tables: Tables, replicaId: string | null): boolean {
  const replica = replicaId === null ? undefined : tables.replicas.get(replicaId);
  return replica !== undefined && replica.expiresAt > currentMoment(tables);
}

export function requireSession(tables: Tables, sessionId: string): SessionRow {
  const row = tables.sessions.get(sessionId);
  if (row === undefined) throw new AgentSdkError("not_found", `There is no session ${sessionId}.`);
  return row;
}

/** Appends under the next number and answers the number. */
export function appendEvent(tables: Tables, session: SessionRow, event: { readonly rpcId: string | null; readonly message: string }): number {
  session.lastSeq += 1;
  session.events.push({ sessionId: session.id, seq: session.lastSeq, rpcId: event.rpcId, message: event.message, createdAt: dateOf(currentMoment(tables)) });
  return session.lastSeq;
}

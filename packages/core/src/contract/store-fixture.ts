import type { AgentConfig, Session, SessionSettings } from "../session.ts";
import type { SandboxPhase, SandboxState } from "../sandbox-state.ts";
import type { StoredEvent } from "../event.ts";
import type { Commit, CommitResult, NewPrompt, NewSession, PromptStore, Store } from "../store.ts";
import { withoutSandbox } from "../sandbox-state.ts";

/** One empty, migrated store for one test. Disposing it closes the store. */
export interface StoreFixture extends AsyncDisposable {
  readonly store: Store;
  /** Lets the time of the store, by which leases end, go on. */
  advance(milliseconds: number): Promise<void>;
  /** Deletes a session's events before `firstSeq`, as a retention would. */
  trimEvents(sessionId: string, firstSeq: number): Promise<void>;
  /** How many rows of all tables belong to the session, looked for in the storage itself. */
  countRows(sessionId: string): Promise<number>;
}

/** What a store gives to be tested. */
export interface StoreContract {
  create(): Promise<StoreFixture>;
  /** Milliseconds that one test may take. Default 20 s. */
  readonly timeoutMs?: number | undefined;
}

export interface OwnedSession {
  readonly session: Session;
  readonly sessionId: string;
  readonly replicaId: string;
  readonly generation: number;
}

export const leaseMs = 4_000;

export const agentConfig: AgentConfig = {
  agentType: "demo",
  name: null,
  model: null,
  mode: null,
  thoughtLevel: null,
  command: null,
  mcpServers: [],
  skills: null,
  cliTools: [],
  extraOptions: {},
};

export const settings: SessionSettings = { cwd: null, workspace: null, env: {}, secrets: {}, permissions: null };

export function sandboxIn(phase: SandboxPhase): SandboxState {
  const state = withoutSandbox({ provider: "fake" }, { hibernated: false });
  return phase === "none" ? state : { ...state, phase, sandboxId: crypto.randomUUID() };
}

export function texts(events: readonly StoredEvent[]): string[] {
  return events.map((event) => event.message);
}

export function seqs(events: readonly StoredEvent[]): number[] {
  return events.map((event) => event.seq);
}

/** 1, 2, 3 … `count`. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** A fixture with the calls that most tests make. */
export interface StoreBench extends StoreFixture {
  /** A session with an agent and a volume of its own. */
  session(changes?: Partial<NewSession>): Promise<Session>;
  replica(options?: { readonly url?: string; readonly ttlMs?: number }): Promise<string>;
  /** A session that a living replica owns. */
  owned(changes?: Partial<NewSession>): Promise<OwnedSession>;
  enqueue(sessionId: string, rpcId: string, changes?: Partial<NewPrompt>): ReturnType<PromptStore["enqueue"]>;
  commit(owner: Pick<OwnedSession, "sessionId" | "generation">, changes?: Partial<Commit>): Promise<CommitResult>;
  /** Enqueues a prompt and starts it. */
  running(owner: OwnedSession, rpcId: string): Promise<void>;
  events(sessionId: string): Promise<readonly StoredEvent[]>;
}

export function commitOf(owner: Pick<OwnedSession, "sessionId" | "generation">, changes: Partial<Commit> = {}): Commit {
  return { commitId: crypto.randomUUID(), sessionId: owner.sessionId, generation: owner.generation, events: [], ...changes };
}

async function insertSession(store: Store, changes: Partial<NewSession>): Promise<Session> {
  const id = crypto.randomUUID();
  const tenant = changes.tenant ?? "tenant";
  const agentId = changes.agentId ?? (await store.agents.insert({ id: `agent-${id}`, tenant, config: agentConfig })).id;
  const volumeId = changes.volumeId ?? (await store.volumes.insert({ id: `volume-${id}`, tenant, name: id, provider: "fake" })).id;
  return store.sessions.insert({ id, settings, sandbox: sandboxIn("none"), wake: false, ...changes, tenant, agentId, volumeId });
}

export async function openStoreBench(contract: StoreContract): Promise<StoreBench> {
  const fixture = await contract.create();
  const { store } = fixture;
  const bench: StoreBench = {
    store,
    advance: (milliseconds) => fixture.advance(milliseconds),
    trimEvents: (sessionId, firstSeq) => fixture.trimEvents(sessionId, firstSeq),
    countRows: (sessionId) => fixture.countRows(sessionId),
    session: (changes = {}) => insertSession(store, changes),
    async replica({ url, ttlMs = leaseMs } = {}) {
      const replicaId = crypto.randomUUID();
      await store.leases.registerReplica({ replicaId, url: url ?? null, ttlMs });
      return replicaId;
    },
    async owned(changes) {
      const { id } = await bench.session(changes);
      const replicaId = await bench.replica();
      const answer = await store.leases.acquire(id, replicaId);
      if (answer.outcome !== "acquired") throw new Error(`The session is ${answer.outcome}.`);
      return { session: answer.session, sessionId: id, replicaId, generation: answer.session.head.generation };
    },
    enqueue: (sessionId, rpcId, changes) =>
      store.prompts.enqueue({ sessionId, rpcId, content: [{ type: "text", text: rpcId }], model: null, onSandboxLoss: "fail", interrupt: false, event: `"queued ${rpcId}"`, ...changes }),
    async commit(owner, changes) {
      const [result] = await store.commits.commit([commitOf(owner, changes)]);
      if (result === undefined) throw new Error("A commit has no result.");
      return result;
    },
    async running(owner, rpcId) {
      await bench.enqueue(owner.sessionId, rpcId);
      const result = await bench.commit(owner, { promptMove: { rpcId, from: "queued", to: "running" } });
      if (result.outcome !== "committed") throw new Error(`The start is ${result.outcome}.`);
    },
    events: (sessionId) => store.events.read(sessionId, { after: 0, limit: 1_000_000 }),
    [Symbol.asyncDispose]: async () => fixture[Symbol.asyncDispose](),
  };
  return bench;
}

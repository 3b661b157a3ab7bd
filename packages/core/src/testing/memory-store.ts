import type { RuntimeEnv } from "../env.ts";
import type { Store } from "../store.ts";
import { agentsInMemory } from "./memory-store/agents.ts";
import { commitsInMemory } from "./memory-store/commits.ts";
import { eventsInMemory, trimEvents } from "./memory-store/events.ts";
import { idempotencyInMemory } from "./memory-store/idempotency.ts";
import { keysInMemory } from "./memory-store/keys.ts";
import { leasesInMemory } from "./memory-store/leases.ts";
import { promptsInMemory } from "./memory-store/prompts.ts";
import { questionsInMemory } from "./memory-store/questions.ts";
import { sessionsInMemory } from "./memory-store/sessions.ts";
import { emptyTables } from "./memory-store/tables.ts";
import { tokensInMemory } from "./memory-store/tokens.ts";
import { volumesInMemory } from "./memory-store/volumes.ts";

/** {@link memoryStore}'s answer: a store, and what a test may do to it besides. */
export interface MemoryStore extends Store {
  /** Deletes a session's events before `firstSeq`, as a retention would. */
  trimEvents(sessionId: string, firstSeq: number): void;
}

/**
 * A store in this process's memory: the model that the real ones are compared with, and the one that simulations use. Its "database time"
 * is `env.clock.now()`. Each call is applied whole, in the turn of the event loop in which it is made; nothing fails unless it must by the contract.
 */
export function memoryStore(env: Pick<RuntimeEnv, "clock" | "random">): MemoryStore {
  const tables = emptyTables(env);
  let deploymentId: string | undefined;
  return {
    async migrate() {},
    async ping() {},
    deploymentId: async () => (deploymentId ??= env.random.uuid()),
    agents: agentsInMemory(tables),
    volumes: volumesInMemory(tables),
    sessions: sessionsInMemory(tables),
    prompts: promptsInMemory(tables),
    commits: commitsInMemory(tables),
    events: eventsInMemory(tables),
    questions: questionsInMemory(tables),
    leases: leasesInMemory(tables),
    idempotency: idempotencyInMemory(tables),
    keys: keysInMemory(tables),
    tokens: tokensInMemory(tables),
    trimEvents: (sessionId, firstSeq) => trimEvents(tables, sessionId, firstSeq),
    async [Symbol.asyncDispose]() {},
  };
}

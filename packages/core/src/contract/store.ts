import { describe, vi } from "vitest";
import { describeStoreKeys, describeStoreTokens } from "./store-access.ts";
import { describeStoreAgents, describeStoreVolumes } from "./store-agents.ts";
import { describeStoreCommits } from "./store-commits.ts";
import { describeStoreConcurrency } from "./store-concurrency.ts";
import { describeStoreEvents } from "./store-events.ts";
import type { StoreContract } from "./store-fixture.ts";
import { describeStoreIdempotency } from "./store-idempotency.ts";
import { describeStoreLeases } from "./store-leases.ts";
import { describeStorePrompts } from "./store-prompts.ts";
import { describeStoreQuestions } from "./store-questions.ts";
import { describeStoreSessions } from "./store-sessions.ts";
import { describeStoreWork } from "./store-work.ts";

/** The contract of `Store`: what every implementation does, the model in memory and the real ones alike. Call it in a test file of vitest. */
export function describeStore(name: string, contract: StoreContract): void {
  vi.setConfig({ testTimeout: contract.timeoutMs ?? 20_000 });
  describe(`Store: ${name}`, () => {
    describeStoreAgents(contract);
    describeStoreVolumes(contract);
    describeStoreSessions(contract);
    describeStoreWork(contract);
    describeStorePrompts(contract);
    describeStoreCommits(contract);
    describeStoreQuestions(contract);
    describeStoreEvents(contract);
    describeStoreLeases(contract);
    describeStoreIdempotency(contract);
    describeStoreKeys(contract);
    describeStoreTokens(contract);
    describeStoreConcurrency(contract);
  });
}

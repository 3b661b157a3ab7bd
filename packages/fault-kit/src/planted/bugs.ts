import type { Commit, CommitResult, Store, SupervisorClient, SupervisorTransport } from "@agent-sdk/core";
import { isAgentSdkError } from "@agent-sdk/core";
import type { Tamper } from "../world/replica.ts";

/** Replaces one method of a part of a store. */
function withStore<P extends "commits" | "leases" | "sessions">(store: Store, part: P, methods: Partial<Store[P]>): Store {
  const original = store[part];
  const patched = new Proxy(original, { get: (target, name) => Reflect.get(methods, name) ?? Reflect.get(target, name) });
  return { ...store, [part]: patched };
}

/** Replaces methods of every client of a transport. */
function withClients(transport: SupervisorTransport, patch: (client: SupervisorClient) => Partial<SupervisorClient>): SupervisorTransport {
  return {
    connect(endpoint) {
      const client = transport.connect(endpoint);
      const methods = patch(client);
      return new Proxy(client, {
        get(target, name) {
          const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
          return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
        },
      });
    },
  };
}

/** What a store without fences would do: every generation is the current one. */
const noFence: Tamper = (parts, world) => ({
  ...parts,
  store: withStore(parts.store, "commits", {
    commit: (commits) => parts.store.commits.commit(commits.map((commit) => ({ ...commit, generation: world.ledger.notes(commit.sessionId).generation }))),
  }),
});

const noPromptDedupe: Tamper = (parts) => ({
  ...parts,
  supervisors: withClients(parts.supervisors, (client) => ({ send: (runId, message, { commandId: _dropped, ...options }) => client.send(runId, message, options) })),
});

const journalTrimmedBeforeCommit: Tamper = (parts) => ({
  ...parts,
  supervisors: withClients(parts.supervisors, (client) => ({
    async *journal(runId, options) {
      for await (const batch of client.journal(runId, options)) {
        const last = batch.at(-1)?.position ?? 0;
        // Whoever has read it need not keep it any more, thinks this one.
        await client.acknowledge(runId, last, { generation: Number.MAX_SAFE_INTEGER }).catch(() => client.acknowledge(runId, last, { generation: 1 }).catch(() => undefined));
        yield batch;
      }
    },
  })),
});

function committedResult(commit: Commit): CommitResult {
  return { outcome: "committed", firstSeq: 1, lastSeq: commit.events.length, createdAt: new Date(0) };
}

const timeoutTakenForCommit: Tamper = (parts) => ({
  ...parts,
  store: withStore(parts.store, "commits", {
    commit: (commits) =>
      parts.store.commits.commit(commits).catch((error: unknown) => {
        if (isAgentSdkError(error, "unavailable")) return commits.map(committedResult);
        throw error;
      }),
  }),
});

const blindRetryOfAppend: Tamper = (parts) => ({
  ...parts,
  store: withStore(parts.store, "commits", {
    commit: async (commits) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          // A new id each time: the store cannot know that it has seen this one.
          return await parts.store.commits.commit(commits.map((commit) => ({ ...commit, commitId: `${commit.commitId}/${attempt}` })));
        } catch (error) {
          if (!isAgentSdkError(error, "unknown_outcome") && !isAgentSdkError(error, "unavailable")) throw error;
        }
      }
    },
  }),
});

const createBeforeIntent: Tamper = (parts) => ({
  ...parts,
  store: withStore(parts.store, "commits", {
    commit: (commits) => {
      const isIntent = commits.some((commit) => commit.sandbox?.phase === "creating");
      const stripped = commits.map(({ sandbox, ...commit }) => (sandbox?.phase === "creating" ? commit : { ...commit, sandbox }));
      return parts.store.commits.commit(isIntent ? stripped : commits);
    },
  }),
});

const intentDeletedWithoutSweep: Tamper = (parts) => ({
  ...parts,
  provider: { ...parts.provider, destroy: async () => undefined, list: async function* () {} },
});

const takeoverIgnoresPendingDestroy: Tamper = (parts) => ({
  ...parts,
  store: withStore(parts.store, "leases", {
    acquire: async (sessionId, replicaId) => {
      const acquired = await parts.store.leases.acquire(sessionId, replicaId);
      if (acquired.outcome !== "acquired" || (acquired.session.sandbox.phase !== "destroying" && acquired.session.sandbox.phase !== "creating")) return acquired;
      const sandbox = { ...acquired.session.sandbox, phase: "none" as const, sandboxId: null, ref: null, endpoint: null, agent: null };
      return { ...acquired, session: { ...acquired.session, sandbox } };
    },
  }),
  // Nor does it sweep.
  provider: { ...parts.provider, list: async function* () {} },
});

const broadcastBeforeCommit: Tamper = (parts, world) => ({
  ...parts,
  store: withStore(parts.store, "commits", {
    // Answers at once, as if it were written, and writes afterwards.
    commit: async (commits) => {
      const results = commits.map((commit): CommitResult => {
        const { lastSeq } = world.ledger.notes(commit.sessionId);
        return { outcome: "committed", firstSeq: lastSeq + 1, lastSeq: lastSeq + commit.events.length, createdAt: new Date(0) };
      });
      void parts.store.commits.commit(commits).catch(() => undefined);
      return results;
    },
  }),
});

const fenceByOwnerName: Tamper = (parts, world) => ({
  ...parts,
  store: withStore(parts.store, "commits", {
    // As long as the row names some owner, this one takes itself for it.
    commit: async (commits) => {
      const current = await Promise.all(
        commits.map(async (commit) => ((await world.database.sessions.head(commit.sessionId))?.ownerReplicaId === null ? commit : { ...commit, generation: world.ledger.notes(commit.sessionId).generation })),
      );
      return parts.store.commits.commit(current);
    },
  }),
});

/** Mistakes that a pool of this kind can be built with, each put between the real pool and its surroundings. The simulation has to find every one. */
export const plantedBugs: Readonly<Record<string, Tamper>> = {
  "blind retry of an append": blindRetryOfAppend,
  "broadcast before commit": broadcastBeforeCommit,
  "create before intent": createBeforeIntent,
  "fence by owner's name": fenceByOwnerName,
  "intent deleted without a sweep": intentDeletedWithoutSweep,
  "journal trimmed before commit": journalTrimmedBeforeCommit,
  "no dedupe of prompts": noPromptDedupe,
  "no fence": noFence,
  "takeover ignores a pending destroy": takeoverIgnoresPendingDestroy,
  "time-out taken for a commit": timeoutTakenForCommit,
};

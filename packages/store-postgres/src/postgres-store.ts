import type { Store } from "@agent-sdk/core";
import type { Database } from "./database/database.ts";
import type { RowCipher } from "./encryption/row-cipher.ts";
import { migrations } from "./migrations/index.ts";
import { runMigrations } from "./migrations/run-migrations.ts";
import { deleteAgent } from "./operations/agents/delete-agent.ts";
import { getAgent } from "./operations/agents/get-agent.ts";
import { insertAgent } from "./operations/agents/insert-agent.ts";
import { listAgents } from "./operations/agents/list-agents.ts";
import { listDeletingAgents } from "./operations/agents/list-deleting-agents.ts";
import { setAgentDeleting } from "./operations/agents/set-agent-deleting.ts";
import { updateAgentConfig } from "./operations/agents/update-agent-config.ts";
import { commitSessions } from "./operations/commits/commit-sessions.ts";
import type { Context } from "./operations/context.ts";
import { makeContext } from "./operations/context.ts";
import { checkKeys } from "./operations/encryption/check-keys.ts";
import { resealRows } from "./operations/encryption/reseal-rows.ts";
import { lastSeqs } from "./operations/events/last-seqs.ts";
import { readEvents } from "./operations/events/read-events.ts";
import { abandonRequest } from "./operations/idempotency/abandon-request.ts";
import { beginRequest } from "./operations/idempotency/begin-request.ts";
import { completeRequest } from "./operations/idempotency/complete-request.ts";
import { expireRequests } from "./operations/idempotency/expire-requests.ts";
import { keyOperations } from "./operations/keys/index.ts";
import { acquireSession } from "./operations/leases/acquire-session.ts";
import { listReplicas } from "./operations/leases/list-replicas.ts";
import { registerReplica } from "./operations/leases/register-replica.ts";
import { releaseSession } from "./operations/leases/release-session.ts";
import { renewReplica } from "./operations/leases/renew-replica.ts";
import { retireReplica } from "./operations/leases/retire-replica.ts";
import { cancelQueuedPrompt } from "./operations/prompts/cancel-queued-prompt.ts";
import { countPrompts } from "./operations/prompts/count-prompts.ts";
import { countUnfinished, countUnfinishedOfEach } from "./operations/prompts/count-unfinished-prompts.ts";
import { enqueuePrompt } from "./operations/prompts/enqueue-prompt.ts";
import { getPrompt } from "./operations/prompts/get-prompt.ts";
import { listPrompts } from "./operations/prompts/list-prompts.ts";
import { requestCancel } from "./operations/prompts/request-cancel.ts";
import { questionOperations } from "./operations/questions/index.ts";
import { sessionOperations } from "./operations/sessions/index.ts";
import { getDeploymentId } from "./operations/settings/get-deployment-id.ts";
import { tokenOperations } from "./operations/tokens/index.ts";
import { beginVolumeDeletion } from "./operations/volumes/begin-volume-deletion.ts";
import { deleteVolume } from "./operations/volumes/delete-volume.ts";
import { findVolumeByName } from "./operations/volumes/find-volume-by-name.ts";
import { getVolume } from "./operations/volumes/get-volume.ts";
import { insertVolume } from "./operations/volumes/insert-volume.ts";
import { listUnfinishedVolumes } from "./operations/volumes/list-unfinished-volumes.ts";
import { listVolumes } from "./operations/volumes/list-volumes.ts";
import { setVolumeReady } from "./operations/volumes/set-volume-ready.ts";

function agentsAndVolumes(context: Context): Pick<Store, "agents" | "volumes"> {
  return {
    agents: {
      insert: (agent) => insertAgent(context, agent),
      get: (id) => getAgent(context, id),
      list: (tenant, page) => listAgents(context, tenant, page),
      updateConfig: (id, config) => updateAgentConfig(context, id, config),
      setDeleting: (id) => setAgentDeleting(context, id),
      listDeleting: (limit) => listDeletingAgents(context, limit),
      delete: (id) => deleteAgent(context, id),
    },
    volumes: {
      insert: (volume) => insertVolume(context, volume),
      get: (id) => getVolume(context, id),
      findByName: (tenant, provider, name) => findVolumeByName(context, tenant, provider, name),
      list: (tenant, filter, page) => listVolumes(context, tenant, filter, page),
      setReady: (id, providerRef) => setVolumeReady(context, id, providerRef),
      setDeleting: (id, { force = false } = {}) => beginVolumeDeletion(context, id, force),
      listUnfinished: (limit) => listUnfinishedVolumes(context, limit),
      delete: (id) => deleteVolume(context, id),
    },
  };
}

function promptsAndEvents(context: Context): Pick<Store, "prompts" | "commits" | "events"> {
  return {
    prompts: {
      enqueue: (prompt) => enqueuePrompt(context, prompt),
      get: (sessionId, rpcId) => getPrompt(context, sessionId, rpcId),
      count: (sessionId) => countPrompts(context, sessionId),
      countEach: (sessionIds) => countUnfinishedOfEach(context, sessionIds),
      countAll: () => countUnfinished(context),
      list: (sessionId, filter = {}) => listPrompts(context, sessionId, filter),
      requestCancel: (sessionId) => requestCancel(context, sessionId),
      cancelQueued: (sessionId, rpcId, terminalEvent) => cancelQueuedPrompt(context, sessionId, rpcId, terminalEvent),
    },
    commits: { commit: (commits) => commitSessions(context, commits) },
    events: {
      read: (sessionId, options) => readEvents(context, sessionId, options),
      lastSeqs: (sessionIds) => lastSeqs(context, sessionIds),
    },
  };
}

function leasesAndIdempotency(context: Context): Pick<Store, "leases" | "idempotency"> {
  return {
    leases: {
      registerReplica: (replica) => registerReplica(context, replica),
      renewReplica: (replicaId, ttlMs) => renewReplica(context, replicaId, ttlMs),
      retireReplica: (replicaId) => retireReplica(context, replicaId),
      listReplicas: () => listReplicas(context),
      acquire: (sessionId, replicaId) => acquireSession(context, sessionId, replicaId),
      release: (sessionId, generation) => releaseSession(context, sessionId, generation),
    },
    idempotency: {
      begin: (entry) => beginRequest(context, entry),
      complete: (tenant, key, answer) => completeRequest(context, tenant, key, answer),
      abandon: (tenant, key) => abandonRequest(context, tenant, key),
      expire: (olderThanMs) => expireRequests(context, olderThanMs),
    },
  };
}

/** A store in a database, and what concerns how the rows are encrypted. */
export interface PostgresStore extends Store {
  /** See {@link resealRows}. */
  reseal(options?: { readonly signal?: AbortSignal | undefined }): Promise<number>;
}

/** The store over an open database. Disposing it closes the database. */
export function postgresStore(database: Database, schemaName: string, cipher: RowCipher): PostgresStore {
  const context = makeContext(database, schemaName, cipher);
  return {
    migrate: async () => {
      await runMigrations(database, context.schema, migrations);
      await checkKeys(context);
    },
    reseal: (options) => resealRows(context, options),
    ping: async () => void (await database.run({ sql: "select 1", parameters: [] }, { kind: "read" })),
    deploymentId: () => getDeploymentId(context),
    ...agentsAndVolumes(context),
    sessions: sessionOperations(context),
    ...promptsAndEvents(context),
    questions: questionOperations(context),
    ...leasesAndIdempotency(context),
    keys: keyOperations(context),
    tokens: tokenOperations(context),
    [Symbol.asyncDispose]: async () => database[Symbol.asyncDispose](),
  };
}

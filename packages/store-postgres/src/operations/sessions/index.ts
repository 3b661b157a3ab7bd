import type { SessionStore } from "@agent-sdk/core";
import type { Context } from "../context.ts";
import { countSessionsByPhase } from "./count-sessions-by-phase.ts";
import { countSessions } from "./count-sessions.ts";
import { findOwned } from "./find-owned.ts";
import { findSandboxOwners } from "./find-sandbox-owners.ts";
import { findUnownedSessions } from "./find-unowned-sessions.ts";
import { getSessionHead } from "./get-session-head.ts";
import { getSession } from "./get-session.ts";
import { getSessionLimits } from "./get-session-limits.ts";
import { insertSession } from "./insert-session.ts";
import { listSessions } from "./list-sessions.ts";
import { removeSession } from "./remove-session.ts";
import { setSessionIntents } from "./set-session-intents.ts";
import { updateSessionSettings } from "./update-session-settings.ts";

export function sessionOperations(context: Context): SessionStore {
  return {
    insert: (session) => insertSession(context, session),
    get: (id) => getSession(context, id),
    head: (id) => getSessionHead(context, id),
    limits: (id) => getSessionLimits(context, id),
    list: (filter, page) => listSessions(context, filter, page),
    count: () => countSessions(context),
    countByPhase: () => countSessionsByPhase(context),
    updateSettings: (id, patch) => updateSessionSettings(context, id, patch),
    setIntents: (id, intents) => setSessionIntents(context, id, intents),
    findUnowned: (limit) => findUnownedSessions(context, limit),
    findOwned: (replicaId, { limit }) => findOwned(context, replicaId, limit),
    findSandboxOwners: (sandboxIds) => findSandboxOwners(context, sandboxIds),
    remove: (id, generation) => removeSession(context, id, generation),
  };
}

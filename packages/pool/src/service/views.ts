import type { Session } from "@agent-sdk/core";
import { describeError } from "@agent-sdk/core";
import type { PoolEnv } from "../env.ts";
import type { SandboxView, SessionStatus } from "../session-service.ts";

/** How a session stands, from its rows: nothing is asked of a sandbox. */
export async function viewStatus(env: Pick<PoolEnv, "clock" | "store">, session: Session, local: { readonly subscribers: number; readonly idleMs: number | null }): Promise<SessionStatus> {
  const { prompts } = env.store;
  const [counts, running, pendingPermissions] = await Promise.all([
    prompts.count(session.id),
    prompts.list(session.id, { states: ["running"], limit: 1 }),
    env.store.questions.countOpen(session.id),
  ]);
  const active = running[0] ?? null;
  const idleMs = active ? 0 : (local.idleMs ?? env.clock.now() - session.lastActivityAt.getTime());
  return {
    session,
    activePrompt: active,
    waiting: counts.queued,
    pendingPermissions,
    subscribers: local.subscribers,
    idleSeconds: Math.max(0, Math.round(idleMs / 1000)),
    owner: session.head.ownerAlive ? session.head.ownerReplicaId : null,
  };
}

/** The sandbox, as its provider sees it now. Nothing is woken. */
export async function viewSandbox(env: Pick<PoolEnv, "log" | "providers">, session: Session): Promise<SandboxView> {
  const { recipe, phase, ref, paths, endpoint } = session.sandbox;
  const base = { provider: recipe.provider, ref, root: paths?.root ?? null, url: endpoint?.socketPath ? `unix:${endpoint.socketPath}` : (endpoint?.url ?? null), markerPath: null };
  if (phase === "none" || !ref) return { ...base, status: session.sandbox.hibernated ? "hibernated" : "missing" };
  try {
    const status = await env.providers.get(recipe.provider)?.status(ref);
    return { ...base, status: status === "missing" || status === "stopped" ? "missing" : "running" };
  } catch (error) {
    // Not being told is no reason to call a sandbox missing.
    env.log.warn({ session_id: session.id, error: describeError(error) }, "the provider did not tell a sandbox's status");
    return { ...base, status: "running" };
  }
}

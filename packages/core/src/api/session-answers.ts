import type { Prompt } from "../prompt.ts";
import type { Session } from "../session.ts";

/** `POST /sessions`. */
export interface CreateSessionAnswer {
  readonly agent_id: string;
  readonly session_id: string;
  readonly id: string;
  readonly volume_id: string;
  readonly workspace: string | null;
  readonly sandbox_ref: string | null;
  readonly inner_session_id: string | null;
  readonly connected: boolean;
}

/** `active`: a sandbox runs or is wanted; `hibernated`: there is none. */
export type SessionStatusWord = "active" | "hibernated";

/** One of `GET /sessions`. */
export interface SessionListItem {
  readonly session_id: string;
  readonly agent_id: string;
  readonly sandbox_ref: string | null;
  readonly idle_seconds: number;
  readonly status: SessionStatusWord;
  readonly shutdown_requested: false;
}

/** `GET /sessions/{id}`. Of secrets only the names. */
export interface SessionRow {
  readonly session_id: string;
  readonly agent_id: string;
  readonly volume_id: string;
  readonly workspace: string | null;
  readonly cwd: string | null;
  readonly sandbox_ref: string | null;
  readonly inner_session_id: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: { readonly keys: readonly string[] };
  readonly pre_start_commands: readonly string[];
  readonly status: SessionStatusWord;
  readonly last_seq: number;
  readonly created_at: string;
}

/** `GET /sessions/{id}/status`. */
export interface SessionStatusAnswer {
  readonly session_id: string;
  readonly agent_id: string;
  readonly sandbox_ref: string | null;
  readonly inner_session_id: string | null;
  readonly agent_busy: boolean;
  readonly active_rpc_id: string | null;
  readonly pending_count: number;
  /** Questions of the agent that nobody has answered yet. A prompt that waits for an answer is running. */
  readonly pending_permissions: number;
  readonly session_subscriber_count: number;
  readonly last_activity: string;
  readonly idle_seconds: number;
  /** Whether a live owner is attached to a ready agent. */
  readonly has_client: boolean;
  readonly supervisor_url: string | null;
  readonly supervisor_port: number | null;
  readonly owner: string | null;
}

/** `GET /sessions/{id}/sandbox`. */
export interface SandboxAnswer {
  readonly session_id: string;
  readonly provider: string;
  readonly sandbox_ref: string | null;
  readonly status: "running" | "hibernated" | "missing";
  readonly root: string | null;
  readonly url: string | null;
  readonly marker_path?: string | undefined;
}

function hasReadyAgent(session: Session): boolean {
  return session.sandbox.phase === "running" && session.sandbox.agent?.ready === true;
}

function statusWord(session: Session): SessionStatusWord {
  return session.sandbox.phase !== "none" || session.intents.wake ? "active" : "hibernated";
}

export function createSessionAnswer(session: Session): CreateSessionAnswer {
  return {
    agent_id: session.agentId,
    session_id: session.id,
    id: session.id,
    volume_id: session.volumeId,
    workspace: session.settings.workspace,
    sandbox_ref: session.sandbox.ref,
    inner_session_id: session.innerSessionId,
    connected: hasReadyAgent(session),
  };
}

/** @param now milliseconds since 1970 */
export function sessionListItem(session: Session, now: number): SessionListItem {
  return {
    session_id: session.id,
    agent_id: session.agentId,
    sandbox_ref: session.sandbox.ref,
    idle_seconds: Math.max(0, Math.floor((now - session.lastActivityAt.getTime()) / 1000)),
    status: statusWord(session),
    shutdown_requested: false,
  };
}

export function sessionRow(session: Session): SessionRow {
  return {
    session_id: session.id,
    agent_id: session.agentId,
    volume_id: session.volumeId,
    workspace: session.settings.workspace,
    cwd: session.settings.cwd,
    sandbox_ref: session.sandbox.ref,
    inner_session_id: session.innerSessionId,
    env: session.settings.env,
    secrets: { keys: Object.keys(session.settings.secrets).toSorted() },
    pre_start_commands: session.sandbox.recipe.preStartCommands ?? [],
    status: statusWord(session),
    last_seq: session.head.lastSeq,
    created_at: session.createdAt.toISOString(),
  };
}

function portOf(url: string): number | null {
  const { port, protocol } = new URL(url);
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}

/** The supervisor's address; null behind a unix socket, whose path is the host's own business. */
function supervisorAddress(session: Session): { readonly url: string | null; readonly port: number | null } {
  const { endpoint } = session.sandbox;
  if (endpoint === null || endpoint.socketPath !== undefined) return { url: null, port: null };
  return { url: endpoint.url, port: portOf(endpoint.url) };
}

export function sessionStatusAnswer(status: {
  readonly session: Session;
  readonly activePrompt: Pick<Prompt, "rpcId"> | null;
  readonly waiting: number;
  readonly pendingPermissions: number;
  readonly subscribers: number;
  readonly idleSeconds: number;
  readonly owner: string | null;
}): SessionStatusAnswer {
  const { session } = status;
  const supervisor = supervisorAddress(session);
  return {
    session_id: session.id,
    agent_id: session.agentId,
    sandbox_ref: session.sandbox.ref,
    inner_session_id: session.innerSessionId,
    agent_busy: status.activePrompt !== null,
    active_rpc_id: status.activePrompt?.rpcId ?? null,
    pending_count: status.waiting,
    pending_permissions: status.pendingPermissions,
    session_subscriber_count: status.subscribers,
    last_activity: session.lastActivityAt.toISOString(),
    idle_seconds: status.idleSeconds,
    has_client: hasReadyAgent(session) && session.head.ownerAlive,
    supervisor_url: supervisor.url,
    supervisor_port: supervisor.port,
    owner: status.owner,
  };
}

export function sandboxAnswer(
  sessionId: string,
  view: { readonly provider: string; readonly ref: string | null; readonly status: SandboxAnswer["status"]; readonly root: string | null; readonly url: string | null; readonly markerPath: string | null },
): SandboxAnswer {
  const answer = { session_id: sessionId, provider: view.provider, sandbox_ref: view.ref, status: view.status, root: view.root, url: view.url };
  return view.markerPath === null ? answer : { ...answer, marker_path: view.markerPath };
}

import * as z from "zod";
import type { SandboxPhase } from "../sandbox-state.ts";
import type { Session } from "../session.ts";
import { count, timestamp, uuidField } from "./fields.ts";
import { pageFields, pageOf, type PageQuery } from "./paging.ts";
import { parse } from "./parse.ts";
import { sessionListItem, type SessionListItem } from "./session-answers.ts";

/** The query of `GET /admin/sessions`. */
export interface AdminSessionsQuery extends PageQuery {
  readonly status?: "active" | "hibernated" | undefined;
  readonly tenant?: string | undefined;
}

/** One of `GET /admin/sessions`: of any tenant, on any replica. */
export interface AdminSession extends SessionListItem {
  readonly tenant: string;
  readonly volume_id: string;
  readonly provider: string;
  /** What the deployment calls the sandbox; null where there is none. */
  readonly sandbox_id: string | null;
  readonly phase: SandboxPhase;
  /** Whether a prompt runs or waits. */
  readonly busy: boolean;
  readonly pending_count: number;
  /** The replica that drives it; null where none does. */
  readonly owner: string | null;
  readonly owner_url: string | null;
  readonly generation: number;
  readonly last_activity: string;
  readonly created_at: string;
}

/** A sandbox of this deployment that no session refers to. */
export interface OrphanAnswer {
  readonly provider: string;
  readonly sandbox_ref: string;
  readonly sandbox_id: string;
  readonly session_id: string;
  readonly created_at: string;
}

/** `GET /admin/orphans`. */
export interface OrphansAnswer {
  readonly orphans: readonly OrphanAnswer[];
  /** Providers that did not tell what they have. */
  readonly unreachable: readonly string[];
}

/** `POST /admin/orphans/sweep`. */
export interface SweepAnswer {
  readonly destroyed: readonly OrphanAnswer[];
  readonly failed: readonly OrphanAnswer[];
  readonly unreachable: readonly string[];
}

interface Orphan {
  readonly provider: string;
  readonly ref: string;
  readonly sandboxId: string;
  readonly sessionId: string;
  readonly createdAt: Date;
}

const tenant = z.string().min(1).max(256);

export const adminSessionsQuery: z.ZodType<AdminSessionsQuery> = z.object({ status: z.enum(["active", "hibernated"]).optional(), tenant: tenant.optional(), ...pageFields });

export const adminSessionSchema: z.ZodType<AdminSession> = z
  .object({
    session_id: uuidField,
    agent_id: uuidField,
    sandbox_ref: z.string().nullable(),
    idle_seconds: count,
    status: z.enum(["active", "hibernated"]),
    shutdown_requested: z.literal(false),
    tenant: z.string(),
    volume_id: uuidField,
    provider: z.string(),
    sandbox_id: z.string().nullable(),
    phase: z.enum(["none", "creating", "running", "stopping", "destroying"]),
    busy: z.boolean(),
    pending_count: count,
    owner: z.string().nullable(),
    owner_url: z.string().nullable(),
    generation: count,
    last_activity: timestamp,
    created_at: timestamp,
  })
  .meta({ id: "AdminSession" });

const orphanSchema: z.ZodType<OrphanAnswer> = z
  .object({ provider: z.string(), sandbox_ref: z.string(), sandbox_id: z.string(), session_id: z.string(), created_at: timestamp })
  .meta({ id: "OrphanAnswer" });

const unreachable = z.array(z.string());

export const orphansAnswerSchema: z.ZodType<OrphansAnswer> = z.object({ orphans: z.array(orphanSchema), unreachable }).meta({ id: "OrphansAnswer" });

export const sweepAnswerSchema: z.ZodType<SweepAnswer> = z.object({ destroyed: z.array(orphanSchema), failed: z.array(orphanSchema), unreachable }).meta({ id: "SweepAnswer" });

/** @throws AgentSdkError `bad_request` */
export function parseAdminSessions(query: Readonly<Record<string, string>>): {
  readonly status: "active" | "hibernated" | undefined;
  readonly tenant: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
} {
  const { status, tenant, ...page } = parse(adminSessionsQuery, query);
  return { status, tenant, ...pageOf(page) };
}

/** @param now milliseconds since 1970 */
export function adminSession({ session, queued, running, ownerUrl }: { readonly session: Session; readonly queued: number; readonly running: number; readonly ownerUrl: string | null }, now: number): AdminSession {
  const { sandbox, head } = session;
  return {
    ...sessionListItem(session, now),
    tenant: session.tenant,
    volume_id: session.volumeId,
    provider: sandbox.recipe.provider,
    sandbox_id: sandbox.sandboxId,
    phase: sandbox.phase,
    busy: queued + running > 0,
    pending_count: queued,
    owner: head.ownerAlive ? head.ownerReplicaId : null,
    owner_url: ownerUrl,
    generation: head.generation,
    last_activity: session.lastActivityAt.toISOString(),
    created_at: session.createdAt.toISOString(),
  };
}

function orphanAnswer({ provider, ref, sandboxId, sessionId, createdAt }: Orphan): OrphanAnswer {
  return { provider, sandbox_ref: ref, sandbox_id: sandboxId, session_id: sessionId, created_at: createdAt.toISOString() };
}

export function orphansAnswer({ orphans, unreachable }: { readonly orphans: readonly Orphan[]; readonly unreachable: readonly string[] }): OrphansAnswer {
  return { orphans: orphans.map(orphanAnswer), unreachable };
}

export function sweepAnswer(report: { readonly destroyed: readonly Orphan[]; readonly failed: readonly Orphan[]; readonly unreachable: readonly string[] }): SweepAnswer {
  return { destroyed: report.destroyed.map(orphanAnswer), failed: report.failed.map(orphanAnswer), unreachable: report.unreachable };
}

import * as z from "zod";
import type { Session } from "../session.ts";
import { publicVariables, uuidField, variables } from "./fields.ts";
import { parseBody } from "./parse.ts";

/** The body of `POST /sessions/{id}/resume`: absent keeps, `{}` clears, `{…}` replaces. */
export interface ResumeBody {
  readonly env?: Readonly<Record<string, string>> | null | undefined;
  readonly secrets?: Readonly<Record<string, string>> | null | undefined;
}

export interface ResumeAnswer {
  readonly session_id: string;
  readonly agent_id: string;
  readonly sandbox_ref: string | null;
  readonly inner_session_id: string | null;
  readonly status: "resumed";
}

/** `POST /sessions/{id}/release`. The paths are of the original's snapshots; volumes keep a session here, so there are none. */
export interface ReleaseAnswer {
  readonly lifecycle: "hibernated";
  readonly snapshot_path: null;
  readonly snapshot_version: null;
}

/** `POST /sessions/{id}/cancel`. `detail` where nothing runs. */
export interface CancelAnswer {
  readonly status: "ok";
  readonly detail?: string | undefined;
}

export const resumeBody: z.ZodType<ResumeBody> = z.strictObject({ env: publicVariables.nullish(), secrets: variables.nullish() }).meta({ id: "ResumeBody" });

/** @throws AgentSdkError `bad_request` */
export function parseResume(body: unknown): { readonly env: Readonly<Record<string, string>> | undefined; readonly secrets: Readonly<Record<string, string>> | undefined } {
  const { env, secrets } = parseBody(resumeBody, body, { storable: true });
  return { env: env ?? undefined, secrets: secrets ?? undefined };
}

/** A body without fields, for calls that take none. */
export const emptyBody: z.ZodType<Readonly<Record<string, never>>> = z.strictObject({}).meta({ id: "EmptyBody" });

/** @throws AgentSdkError `bad_request` */
export function parseEmpty(body: unknown): void {
  parseBody(emptyBody, body);
}

export const resumeAnswerSchema: z.ZodType<ResumeAnswer> = z
  .object({ session_id: uuidField, agent_id: uuidField, sandbox_ref: z.string().nullable(), inner_session_id: z.string().nullable(), status: z.literal("resumed") })
  .meta({ id: "ResumeAnswer" });

export const releaseAnswerSchema: z.ZodType<ReleaseAnswer> = z
  .object({ lifecycle: z.literal("hibernated"), snapshot_path: z.null(), snapshot_version: z.null() })
  .meta({ id: "ReleaseAnswer" });

export const cancelAnswerSchema: z.ZodType<CancelAnswer> = z.object({ status: z.literal("ok"), detail: z.string().optional() }).meta({ id: "CancelAnswer" });

export function resumeAnswer(session: Session): ResumeAnswer {
  return { session_id: session.id, agent_id: session.agentId, sandbox_ref: session.sandbox.ref, inner_session_id: session.innerSessionId, status: "resumed" };
}

export function releaseAnswer(): ReleaseAnswer {
  return { lifecycle: "hibernated", snapshot_path: null, snapshot_version: null };
}

export function cancelAnswer(cancelled: unknown): CancelAnswer {
  return cancelled === null ? { status: "ok", detail: "no active lease" } : { status: "ok" };
}

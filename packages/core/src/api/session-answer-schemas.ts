import * as z from "zod";
import { count, text, timestamp, uuidField } from "./fields.ts";
import type { CreateSessionAnswer, SandboxAnswer, SessionListItem, SessionRow, SessionStatusAnswer, SessionStatusWord } from "./session-answers.ts";

const reference = text(4096).nullable();
const statusWord: z.ZodType<SessionStatusWord> = z.enum(["active", "hibernated"]);

export const createSessionAnswerSchema: z.ZodType<CreateSessionAnswer> = z
  .object({
    agent_id: uuidField,
    session_id: uuidField,
    id: uuidField,
    volume_id: uuidField,
    workspace: z.string().nullable(),
    sandbox_ref: reference,
    inner_session_id: reference,
    connected: z.boolean(),
  })
  .meta({ id: "CreateSessionAnswer" });

export const sessionListItemSchema: z.ZodType<SessionListItem> = z
  .object({ session_id: uuidField, agent_id: uuidField, sandbox_ref: reference, idle_seconds: count, status: statusWord, shutdown_requested: z.literal(false) })
  .meta({ id: "SessionListItem" });

export const sessionRowSchema: z.ZodType<SessionRow> = z
  .object({
    session_id: uuidField,
    agent_id: uuidField,
    volume_id: uuidField,
    workspace: z.string().nullable(),
    cwd: z.string().nullable(),
    sandbox_ref: reference,
    inner_session_id: reference,
    env: z.record(z.string(), z.string()),
    secrets: z.object({ keys: z.array(z.string()) }),
    pre_start_commands: z.array(z.string()),
    status: statusWord,
    last_seq: count,
    created_at: timestamp,
  })
  .meta({ id: "SessionRow" });

export const sessionStatusAnswerSchema: z.ZodType<SessionStatusAnswer> = z
  .object({
    session_id: uuidField,
    agent_id: uuidField,
    sandbox_ref: reference,
    inner_session_id: reference,
    agent_busy: z.boolean(),
    active_rpc_id: z.string().nullable(),
    pending_count: count,
    pending_permissions: count,
    session_subscriber_count: count,
    last_activity: timestamp,
    idle_seconds: count,
    has_client: z.boolean(),
    supervisor_url: z.string().nullable(),
    supervisor_port: z.int().min(1).max(65_535).nullable(),
    owner: z.string().nullable(),
  })
  .meta({ id: "SessionStatusAnswer" });

export const sandboxAnswerSchema: z.ZodType<SandboxAnswer> = z
  .object({
    session_id: uuidField,
    provider: z.string(),
    sandbox_ref: reference,
    status: z.enum(["running", "hibernated", "missing"]),
    root: z.string().nullable(),
    url: z.string().nullable(),
    marker_path: z.string().optional(),
  })
  .meta({ id: "SandboxAnswer" });

import type { ColumnType, Generated, JSONColumnType, RawBuilder } from "kysely";
import type { JsonObject, JsonRpcId, JsonValue, OnSandboxLoss, PromptState, QuestionKind, QuestionState, SandboxPhase, Verdict, Volume } from "@agent-sdk/core";
import type { StoredConfig, StoredSandbox, StoredSecrets } from "../encryption/row-cipher.ts";

/** JSON goes in as text and comes out parsed. */
type Json<T extends object | null> = JSONColumnType<T, string, string>;
/** Set by the database's clock alone. */
type Moment = ColumnType<Date, never, never>;

interface AgentsTable {
  readonly id: string;
  readonly tenant: string;
  readonly config: Json<StoredConfig>;
  readonly delete_requested_at: ColumnType<Date | null, never, RawBuilder<Date>>;
  readonly created_at: Moment;
}

interface VolumesTable {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly provider: string;
  readonly provider_ref: string | null;
  readonly status: Generated<Volume["status"]>;
  readonly created_at: Moment;
}

interface SessionMountsTable {
  readonly session_id: string;
  readonly volume_id: string;
}

interface SessionsTable {
  readonly id: string;
  readonly tenant: string;
  readonly agent_id: string;
  readonly volume_id: string;
  readonly cwd: string | null;
  readonly workspace: string | null;
  readonly env: Json<Readonly<Record<string, string>>>;
  readonly secrets: ColumnType<StoredSecrets, string, string>;
  /** A policy's word, or rules as JSON. */
  readonly permissions: string | null;
  readonly sandbox_state: Json<StoredSandbox>;
  readonly sandbox_phase: SandboxPhase;
  readonly sandbox_id: string | null;
  readonly inner_session_id: string | null;
  readonly conversation_started: Generated<boolean>;
  readonly release_requested_at: Date | null;
  readonly delete_requested_at: Date | null;
  readonly wake_requested_at: Date | null;
  readonly created_at: Moment;
}

interface HeadColumns {
  readonly owner_replica_id: string | null;
  readonly generation: number;
  readonly last_seq: number;
  readonly first_seq: number;
  readonly journal_run_id: string | null;
  readonly journal_position: number | null;
  readonly last_activity_at: Date;
}

interface SessionHeadsTable extends HeadColumns {
  readonly session_id: string;
}

interface PromptsTable {
  readonly session_id: string;
  readonly rpc_id: string;
  readonly position: number;
  readonly state: PromptState;
  readonly content: JSONColumnType<readonly JsonObject[]>;
  readonly model: string | null;
  readonly on_sandbox_loss: OnSandboxLoss;
  readonly attempt: number;
  readonly cancel_requested_at: Date | null;
  readonly stop_reason: string | null;
  readonly error: ColumnType<JsonValue, never, never>;
  readonly created_at: Moment;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
}

interface QuestionsTable {
  readonly session_id: string;
  readonly id: string;
  readonly nth: Generated<number>;
  readonly kind: QuestionKind;
  readonly state: QuestionState;
  readonly rpc_id: string | null;
  readonly run_id: string;
  readonly position: number;
  readonly request_id: ColumnType<JsonRpcId, never, never>;
  readonly params: JSONColumnType<JsonObject>;
  readonly verdict: ColumnType<Verdict | null, never, never>;
  readonly created_at: Moment;
  readonly expires_at: Date | null;
  readonly decided_at: Date | null;
  readonly settled_at: Date | null;
}

interface SessionLimitsTable {
  readonly session_id: string;
  readonly permission_timeout_ms: number | null;
}

interface ReplicasTable {
  readonly replica_id: string;
  readonly url: string | null;
  readonly expires_at: Date;
  readonly registered_at: Moment;
}

interface IdempotencyKeysTable {
  readonly tenant: string;
  readonly key: string;
  readonly status: number | null;
  readonly body: string | null;
  readonly begun_at: Moment;
}

/** A session with its head, as the view of that name shows it. */
interface SessionDetailsView extends SessionsTable, HeadColumns {
  readonly owner_alive: boolean;
}

/** What the query builder knows of the schema; the migrations make it. */
export interface Schema {
  readonly agents: AgentsTable;
  readonly volumes: VolumesTable;
  readonly sessions: SessionsTable;
  readonly session_mounts: SessionMountsTable;
  readonly session_heads: SessionHeadsTable;
  readonly session_details: SessionDetailsView;
  readonly prompts: PromptsTable;
  readonly questions: QuestionsTable;
  readonly session_limits: SessionLimitsTable;
  readonly replicas: ReplicasTable;
  readonly idempotency_keys: IdempotencyKeysTable;
}

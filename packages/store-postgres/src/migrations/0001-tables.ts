import type { Migration } from "./migration.ts";

/**
 * JSON columns are `json`, not `jsonb`: jsonb refuses the escape \u0000, which is legal JSON, and changes the order of members. What is searched
 * for stands in columns of its own. Ids sort by code units (collation "C") so that every database agrees on an order.
 */
const sql = (schema: string): string => `
create function ${schema}.current_moment() returns timestamptz language sql volatile parallel safe as 'select clock_timestamp()';

create table ${schema}.agents (
  id text collate "C" primary key,
  tenant text collate "C" not null,
  config json not null,
  created_at timestamptz not null default ${schema}.current_moment()
);
create index agents_by_tenant on ${schema}.agents (tenant, created_at desc, id);

create table ${schema}.volumes (
  id text collate "C" primary key,
  tenant text collate "C" not null,
  name text collate "C" not null,
  provider text collate "C" not null,
  provider_ref text,
  status text not null default 'creating' check (status in ('creating', 'ready', 'deleting')),
  created_at timestamptz not null default ${schema}.current_moment(),
  constraint volumes_name_key unique (tenant, provider, name)
);

create table ${schema}.sessions (
  id text collate "C" primary key,
  tenant text collate "C" not null,
  agent_id text collate "C" not null constraint sessions_agent_fkey references ${schema}.agents (id),
  volume_id text collate "C" not null constraint sessions_volume_fkey references ${schema}.volumes (id),
  cwd text,
  workspace text,
  env json not null,
  secrets json not null,
  permissions text,
  sandbox_state json not null,
  sandbox_phase text not null check (sandbox_phase in ('none', 'creating', 'running', 'stopping', 'destroying')),
  sandbox_id text collate "C",
  inner_session_id text,
  conversation_started boolean not null default false,
  release_requested_at timestamptz,
  delete_requested_at timestamptz,
  wake_requested_at timestamptz,
  created_at timestamptz not null default ${schema}.current_moment()
);
create index sessions_by_tenant on ${schema}.sessions (tenant);
create index sessions_by_agent on ${schema}.sessions (agent_id);
create index sessions_by_volume on ${schema}.sessions (volume_id);
create index sessions_by_sandbox on ${schema}.sessions (sandbox_id) where sandbox_id is not null;
create index sessions_with_work on ${schema}.sessions (id)
  where sandbox_phase <> 'none' or release_requested_at is not null or delete_requested_at is not null or wake_requested_at is not null;

create table ${schema}.session_heads (
  session_id text collate "C" primary key references ${schema}.sessions (id),
  owner_replica_id text collate "C",
  generation bigint not null default 0,
  last_seq bigint not null default 0,
  first_seq bigint not null default 1,
  last_position bigint not null default 0,
  journal_run_id text,
  journal_position bigint,
  last_commit_id text,
  last_commit_first_seq bigint,
  last_commit_last_seq bigint,
  last_commit_at timestamptz,
  last_activity_at timestamptz not null default ${schema}.current_moment()
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
create index session_heads_by_owner on ${schema}.session_heads (owner_replica_id) where owner_replica_id is not null;

create table ${schema}.prompts (
  session_id text collate "C" not null references ${schema}.sessions (id),
  rpc_id text collate "C" not null,
  position bigint not null,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  content json not null,
  model text,
  on_sandbox_loss text not null,
  attempt integer not null default 0,
  cancel_requested_at timestamptz,
  stop_reason text,
  error json,
  created_at timestamptz not null default ${schema}.current_moment(),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (session_id, rpc_id),
  constraint prompts_position_key unique (session_id, position)
);
create unique index prompts_one_running on ${schema}.prompts (session_id) where state = 'running';
create index prompts_unfinished on ${schema}.prompts (session_id, position) where state in ('queued', 'running');

create table ${schema}.events (
  session_id text collate "C" not null,
  seq bigint not null,
  rpc_id text collate "C",
  generation bigint not null,
  message text not null,
  created_at timestamptz not null,
  primary key (session_id, seq)
);
create index events_by_prompt on ${schema}.events (session_id, rpc_id, seq) where rpc_id is not null;

create table ${schema}.replicas (
  replica_id text collate "C" primary key,
  url text,
  expires_at timestamptz not null,
  registered_at timestamptz not null default ${schema}.current_moment()
);

create table ${schema}.idempotency_keys (
  tenant text collate "C" not null,
  key text collate "C" not null,
  request_hash text not null,
  begun_at timestamptz not null default ${schema}.current_moment(),
  status integer,
  body json,
  primary key (tenant, key)
);
create index idempotency_keys_by_age on ${schema}.idempotency_keys (begun_at);

create view ${schema}.session_details as
select s.*, h.owner_replica_id, coalesce(r.expires_at > ${schema}.current_moment(), false) as owner_alive, h.generation, h.last_seq, h.first_seq,
  h.journal_run_id, h.journal_position, h.last_activity_at
from ${schema}.sessions s
join ${schema}.session_heads h on h.session_id = s.id
left join ${schema}.replicas r on r.replica_id = h.owner_replica_id;
`;

export const tables: Migration = { number: 1, name: "tables", sql };

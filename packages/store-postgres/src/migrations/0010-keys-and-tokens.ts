import type { Migration } from "./migration.ts";

/**
 * Who may call. A key and a token stand here as hashes of 256 random bits. A token goes with its session and with the key that made it; whoever inserts one
 * locks these rows against their removal only, so it waits for nobody who writes to the session.
 */
const sql = (schema: string): string => `
create table ${schema}.api_keys (
  id text collate "C" primary key,
  tenant text collate "C" not null,
  name text,
  scopes text[] not null,
  prefix text collate "C" not null constraint api_keys_prefix_key unique,
  hash text not null,
  created_at timestamptz not null default ${schema}.current_moment(),
  expires_at timestamptz
);
create index api_keys_by_tenant on ${schema}.api_keys (tenant, created_at desc, id);

create table ${schema}.session_tokens (
  id text collate "C" primary key,
  session_id text collate "C" not null constraint session_tokens_session_fkey references ${schema}.sessions (id) on delete cascade,
  scopes text[] not null,
  key_id text collate "C" constraint session_tokens_key_fkey references ${schema}.api_keys (id) on delete cascade,
  issuer text,
  hash text not null,
  created_at timestamptz not null default ${schema}.current_moment(),
  expires_at timestamptz not null
);
create index session_tokens_by_session on ${schema}.session_tokens (session_id);
create index session_tokens_by_key on ${schema}.session_tokens (key_id) where key_id is not null;
create index session_tokens_by_end on ${schema}.session_tokens (expires_at);

create view ${schema}.valid_tokens as
select t.*, s.tenant from ${schema}.session_tokens t
join ${schema}.sessions s on s.id = t.session_id and s.delete_requested_at is null
left join ${schema}.api_keys k on k.id = t.key_id
where t.expires_at > ${schema}.current_moment() and (k.expires_at is null or k.expires_at > ${schema}.current_moment());
`;

export const keysAndTokens: Migration = { number: 10, name: "keys-and-tokens", sql };

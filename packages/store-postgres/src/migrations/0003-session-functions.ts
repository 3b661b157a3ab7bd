import type { Migration } from "./migration.ts";

/** Whatever writes to a session locks its head first: one order of locks for all, and a number is visible before the next one is given. */
const sql = (schema: string): string => `
create function ${schema}.set_intents(p_session_id text, p_release boolean, p_delete boolean, p_wake boolean)
returns setof ${schema}.session_details language plpgsql as $$
declare
  v_moment timestamptz;
begin
  perform 1 from ${schema}.session_heads h where h.session_id = p_session_id for no key update;
  v_moment := ${schema}.current_moment();
  update ${schema}.sessions s set
    release_requested_at = case when p_release then coalesce(s.release_requested_at, v_moment) else s.release_requested_at end,
    delete_requested_at = case when p_delete then coalesce(s.delete_requested_at, v_moment) else s.delete_requested_at end,
    wake_requested_at = case when p_wake then coalesce(s.wake_requested_at, v_moment) else s.wake_requested_at end
  where s.id = p_session_id;
  if p_wake then
    update ${schema}.session_heads h set last_activity_at = v_moment where h.session_id = p_session_id;
  end if;
  return query select * from ${schema}.session_details d where d.id = p_session_id;
end $$;

create function ${schema}.remove_session(p_session_id text, p_generation bigint, p_chunk bigint) returns text language plpgsql as $$
declare
  v_first bigint;
  v_last bigint;
begin
  select h.first_seq, h.last_seq into v_first, v_last from ${schema}.session_heads h
  where h.session_id = p_session_id and h.generation = p_generation for update;
  if not found then
    return 'superseded';
  end if;
  if v_last - v_first >= p_chunk then
    delete from ${schema}.events e where e.session_id = p_session_id and e.seq < v_first + p_chunk;
    update ${schema}.session_heads h set first_seq = v_first + p_chunk where h.session_id = p_session_id;
    return 'more';
  end if;
  delete from ${schema}.events e where e.session_id = p_session_id;
  delete from ${schema}.prompts p where p.session_id = p_session_id;
  delete from ${schema}.session_heads h where h.session_id = p_session_id;
  delete from ${schema}.sessions s where s.id = p_session_id;
  return 'removed';
end $$;

create function ${schema}.begin_request(p_tenant text, p_key text, p_request_hash text, p_stale_ms double precision)
returns table (outcome text, status integer, body json) language plpgsql as $$
declare
  v_row ${schema}.idempotency_keys;
begin
  loop
    insert into ${schema}.idempotency_keys (tenant, key, request_hash) values (p_tenant, p_key, p_request_hash) on conflict (tenant, key) do nothing;
    if found then
      return query select 'new', null::integer, null::json;
      return;
    end if;
    select * into v_row from ${schema}.idempotency_keys k where k.tenant = p_tenant and k.key = p_key for no key update;
    exit when found;
  end loop;
  if v_row.request_hash <> p_request_hash then
    return query select 'mismatch', null::integer, null::json;
  elsif v_row.status is not null then
    return query select 'done', v_row.status, v_row.body;
  elsif v_row.begun_at >= ${schema}.current_moment() - p_stale_ms * interval '1 millisecond' then
    return query select 'running', null::integer, null::json;
  else
    update ${schema}.idempotency_keys k set begun_at = ${schema}.current_moment() where k.tenant = p_tenant and k.key = p_key;
    return query select 'new', null::integer, null::json;
  end if;
end $$;
`;

export const sessionFunctions: Migration = { number: 3, name: "session-functions", sql };

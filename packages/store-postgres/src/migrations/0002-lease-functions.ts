import type { Migration } from "./migration.ts";

/**
 * Each lease change is one statement of the caller. Inside, the head's row is locked first and the time is read after the lock was granted, so a
 * wait cannot turn an expired heartbeat into a valid one.
 */
const sql = (schema: string): string => `
create function ${schema}.acquire_session(p_session_id text, p_replica_id text)
returns table (outcome text, holder_id text, holder_url text, details ${schema}.session_details) language plpgsql as $$
declare
  v_owner text;
  v_exists boolean;
  v_url text;
begin
  select h.owner_replica_id into v_owner from ${schema}.session_heads h where h.session_id = p_session_id for no key update;
  v_exists := found;
  perform 1 from ${schema}.replicas r where r.replica_id = p_replica_id and r.expires_at > ${schema}.current_moment();
  if not found then
    return query select 'expired', null::text, null::text, null::${schema}.session_details;
    return;
  end if;
  if not v_exists then
    return query select 'missing', null::text, null::text, null::${schema}.session_details;
    return;
  end if;
  if v_owner <> p_replica_id then
    select r.url into v_url from ${schema}.replicas r where r.replica_id = v_owner and r.expires_at > ${schema}.current_moment();
    if found then
      return query select 'held', v_owner, v_url, null::${schema}.session_details;
      return;
    end if;
  end if;
  update ${schema}.session_heads h set owner_replica_id = p_replica_id, generation = h.generation + 1, last_commit_id = null where h.session_id = p_session_id;
  return query select 'acquired', null::text, null::text, d from ${schema}.session_details d where d.id = p_session_id;
end $$;

create function ${schema}.retire_replica(p_replica_id text) returns void language plpgsql as $$
begin
  perform 1 from ${schema}.session_heads h where h.owner_replica_id = p_replica_id order by h.session_id for no key update;
  update ${schema}.session_heads h set owner_replica_id = null where h.owner_replica_id = p_replica_id;
  delete from ${schema}.replicas r where r.replica_id = p_replica_id;
end $$;
`;

export const leaseFunctions: Migration = { number: 2, name: "lease-functions", sql };

import type { Migration } from "./migration.ts";

/** An interruption is for the oldest prompt that has not ended: the running one, or the one that is about to run. */
const sql = (schema: string): string => `
create or replace function ${schema}.enqueue_prompt(p_session_id text, p_rpc_id text, p_content text, p_model text, p_on_sandbox_loss text, p_interrupt boolean, p_event text)
returns table (outcome text, seq bigint, prompt ${schema}.prompts) language plpgsql as $$
declare
  v_head ${schema}.session_heads;
  v_prompt ${schema}.prompts;
  v_moment timestamptz;
begin
  select * into v_head from ${schema}.session_heads h where h.session_id = p_session_id for no key update;
  if not found then
    return query select 'missing', null::bigint, null::${schema}.prompts;
    return;
  end if;
  select * into v_prompt from ${schema}.prompts p where p.session_id = p_session_id and p.rpc_id = p_rpc_id;
  if found then
    return query select 'existing', null::bigint, v_prompt;
    return;
  end if;
  perform 1 from ${schema}.sessions s where s.id = p_session_id and s.delete_requested_at is null;
  if not found then
    return query select 'deleting', null::bigint, null::${schema}.prompts;
    return;
  end if;
  v_moment := ${schema}.current_moment();
  if p_interrupt then
    update ${schema}.prompts p set cancel_requested_at = coalesce(p.cancel_requested_at, v_moment)
    where p.session_id = p_session_id and p.state in ('queued', 'running')
      and p.position = (select min(o.position) from ${schema}.prompts o where o.session_id = p_session_id and o.state in ('queued', 'running'));
  end if;
  insert into ${schema}.prompts as p (session_id, rpc_id, position, content, model, on_sandbox_loss, created_at)
  values (p_session_id, p_rpc_id, v_head.last_position + 1, p_content::json, p_model, p_on_sandbox_loss, v_moment) returning p.* into v_prompt;
  insert into ${schema}.events (session_id, seq, rpc_id, generation, message, created_at)
  values (p_session_id, v_head.last_seq + 1, p_rpc_id, v_head.generation, p_event, v_moment);
  update ${schema}.session_heads h set last_seq = v_head.last_seq + 1, last_position = v_head.last_position + 1, last_activity_at = v_moment
  where h.session_id = p_session_id;
  return query select 'created', v_head.last_seq + 1, v_prompt;
end $$;
`;

export const interruptTheOldest: Migration = { number: 6, name: "interrupt-the-oldest", sql };

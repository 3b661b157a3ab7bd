import type { Migration } from "./migration.ts";

/**
 * The size of each content stands beside it: summing what waits must not read the contents themselves. It is a table of its own because servers of the
 * version before, which run on while this step is applied, have prepared a statement that answers all columns of `prompts`.
 * They go on calling `enqueue_prompt` with seven parameters, which bounds nothing, as before.
 */
const sql = (schema: string): string => `
create table ${schema}.prompt_sizes (
  session_id text collate "C" not null,
  rpc_id text collate "C" not null,
  content_bytes bigint not null,
  primary key (session_id, rpc_id),
  foreign key (session_id, rpc_id) references ${schema}.prompts (session_id, rpc_id) on delete cascade
);
insert into ${schema}.prompt_sizes (session_id, rpc_id, content_bytes)
select session_id, rpc_id, octet_length(content::text) from ${schema}.prompts where state = 'queued';

create type ${schema}.prompt_counts as (queued bigint, running bigint, queued_bytes bigint);

create function ${schema}.count_prompts(p_session_id text) returns ${schema}.prompt_counts language sql stable as $$
  select row(
    count(*) filter (where p.state = 'queued'),
    count(*) filter (where p.state = 'running'),
    coalesce(sum(z.content_bytes) filter (where p.state = 'queued'), 0)::bigint
  )::${schema}.prompt_counts
  from ${schema}.prompts p
  left join ${schema}.prompt_sizes z on z.session_id = p.session_id and z.rpc_id = p.rpc_id
  where p.session_id = p_session_id and p.state in ('queued', 'running')
$$;

create function ${schema}.enqueue_prompt(p_session_id text, p_rpc_id text, p_content text, p_model text, p_on_sandbox_loss text, p_interrupt boolean, p_event text,
  p_max_prompts bigint, p_max_bytes bigint)
returns table (outcome text, seq bigint, prompt ${schema}.prompts) language plpgsql as $$
declare
  v_head ${schema}.session_heads;
  v_prompt ${schema}.prompts;
  v_moment timestamptz;
  v_counts ${schema}.prompt_counts;
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
  v_counts := ${schema}.count_prompts(p_session_id);
  if v_counts.queued + 1 > p_max_prompts or v_counts.queued_bytes + octet_length(p_content) > p_max_bytes then
    return query select 'full', null::bigint, null::${schema}.prompts;
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
  insert into ${schema}.prompt_sizes (session_id, rpc_id, content_bytes) values (p_session_id, p_rpc_id, octet_length(p_content));
  insert into ${schema}.events (session_id, seq, rpc_id, generation, message, created_at)
  values (p_session_id, v_head.last_seq + 1, p_rpc_id, v_head.generation, p_event, v_moment);
  update ${schema}.session_heads h set last_seq = v_head.last_seq + 1, last_position = v_head.last_position + 1, last_activity_at = v_moment
  where h.session_id = p_session_id;
  return query select 'created', v_head.last_seq + 1, v_prompt;
end $$;

create or replace function ${schema}.enqueue_prompt(p_session_id text, p_rpc_id text, p_content text, p_model text, p_on_sandbox_loss text, p_interrupt boolean, p_event text)
returns table (outcome text, seq bigint, prompt ${schema}.prompts) language sql as $$
  select e.outcome, e.seq, e.prompt from ${schema}.enqueue_prompt(p_session_id, p_rpc_id, p_content, p_model, p_on_sandbox_loss, p_interrupt, p_event,
    9223372036854775807, 9223372036854775807) e
$$;
`;

export const boundedQueue: Migration = { number: 7, name: "bounded-queue", sql };

import type { Migration } from "./migration.ts";

/**
 * Questions of agents, and what a session is given at its creation for good. Tables of their own: servers of the version before, which run on while this step is
 * applied, have prepared statements that answer all columns of `sessions`. They go on calling `commit_sessions` without extras.
 *
 * Extras are what few commits bring, as JSON: a commit without any pays one comparison for them. What comes from an agent
 * stands in them as text of its own: taking a JSON value apart fails at an escaped NUL, which is legal in it.
 */
const sql = (schema: string): string => `
create table ${schema}.session_limits (
  session_id text collate "C" primary key references ${schema}.sessions (id) on delete cascade,
  permission_timeout_ms bigint
);

create table ${schema}.questions (
  session_id text collate "C" not null references ${schema}.sessions (id) on delete cascade,
  id text collate "C" not null,
  nth bigint generated always as identity,
  kind text not null check (kind in ('permission', 'elicitation')),
  state text not null default 'open' check (state in ('open', 'answered', 'delivered', 'lost')),
  rpc_id text collate "C",
  run_id text collate "C" not null,
  position bigint not null,
  request_id json not null,
  params json not null,
  verdict json,
  created_at timestamptz not null,
  expires_at timestamptz,
  decided_at timestamptz,
  settled_at timestamptz,
  primary key (session_id, id),
  constraint questions_position_key unique (session_id, run_id, position)
);
create index questions_unsettled on ${schema}.questions (session_id, nth) where state in ('open', 'answered');

create function ${schema}.apply_extras(p_session_id text, p_extras json, p_moment timestamptz) returns void language plpgsql as $$
begin
  insert into ${schema}.questions (session_id, id, kind, rpc_id, run_id, position, request_id, params, created_at, expires_at)
  select p_session_id, q.value->>'id', q.value->>'kind', q.value->>'rpcId', q.value->>'runId', (q.value->>'position')::bigint,
    (q.value->>'requestId')::json, (q.value->>'params')::json, p_moment, p_moment + (q.value->>'timeoutMs')::double precision * interval '1 millisecond'
  from json_array_elements(p_extras->'questions') with ordinality as q (value, place)
  order by q.place
  on conflict do nothing;
end $$;

create function ${schema}.commit_sessions(
  p_session_ids text[], p_generations bigint[], p_commit_ids text[], p_event_counts integer[], p_activities boolean[],
  p_journal_run_ids text[], p_journal_positions bigint[],
  p_event_commits integer[], p_event_rpcs integer[], p_rpc_ids text[], p_messages text[],
  p_move_rpc_ids text[], p_move_from text[], p_move_to text[], p_move_stop_reasons text[], p_move_errors text[],
  p_sandbox_states text[], p_sandbox_phases text[], p_sandbox_ids text[],
  p_inner_given boolean[], p_inner_session_ids text[], p_conversation_started boolean[],
  p_clear_release boolean[], p_clear_delete boolean[], p_clear_wake boolean[], p_writes_session boolean[], p_extras text[]
) returns table (nth integer, outcome text, first_seq bigint, last_seq bigint, created_at timestamptz) language plpgsql as $$
declare
  v_count integer := cardinality(p_session_ids);
  -- What to add to an event's place in the whole call to get its number; null for a commit that was refused.
  v_offsets bigint[] := array_fill(null::bigint, array[v_count]);
  v_moments timestamptz[] := array_fill(null::timestamptz, array[v_count]);
  v_before integer := 0;
  v_last bigint;
  v_at timestamptz;
begin
  for i in 1 .. v_count loop
    nth := i;
    first_seq := null;
    last_seq := null;
    created_at := null;
    if p_move_rpc_ids[i] is not null then
      perform 1 from ${schema}.session_heads h where h.session_id = p_session_ids[i] and h.generation = p_generations[i]
        and h.last_commit_id is distinct from p_commit_ids[i] for no key update;
      if found then
        v_at := ${schema}.current_moment();
        update ${schema}.prompts p set
          state = p_move_to[i],
          attempt = p.attempt + (p_move_to[i] = 'running')::integer,
          started_at = case when p_move_to[i] = 'running' then coalesce(p.started_at, v_at) else p.started_at end,
          stop_reason = case when p_move_to[i] = 'running' then p.stop_reason else p_move_stop_reasons[i] end,
          error = case when p_move_to[i] = 'running' then p.error else p_move_errors[i]::json end,
          ended_at = case when p_move_to[i] = 'running' then p.ended_at else v_at end
        where p.session_id = p_session_ids[i] and p.rpc_id = p_move_rpc_ids[i] and p.state = p_move_from[i]
          and (p_move_to[i] <> 'running' or not exists (
            select 1 from ${schema}.prompts o where o.session_id = p_session_ids[i] and o.state = 'running' and o.rpc_id <> p_move_rpc_ids[i]));
        if not found then
          outcome := 'conflict';
          v_before := v_before + p_event_counts[i];
          return next;
          continue;
        end if;
      end if;
    end if;
    update ${schema}.session_heads h set
      last_seq = h.last_seq + p_event_counts[i],
      journal_run_id = coalesce(p_journal_run_ids[i], h.journal_run_id),
      journal_position = case when p_journal_run_ids[i] is null then h.journal_position else p_journal_positions[i] end,
      last_commit_id = p_commit_ids[i],
      last_commit_first_seq = h.last_seq + 1,
      last_commit_last_seq = h.last_seq + p_event_counts[i],
      last_commit_at = ${schema}.current_moment(),
      last_activity_at = case when p_activities[i] then ${schema}.current_moment() else h.last_activity_at end
    where h.session_id = p_session_ids[i] and h.generation = p_generations[i] and h.last_commit_id is distinct from p_commit_ids[i]
    returning h.last_seq, h.last_commit_at into v_last, v_at;
    if found then
      outcome := 'committed';
      first_seq := v_last - p_event_counts[i] + 1;
      last_seq := v_last;
      created_at := v_at;
      v_offsets[i] := first_seq - 1 - v_before;
      v_moments[i] := v_at;
      if p_writes_session[i] then
        update ${schema}.sessions s set
          sandbox_state = coalesce(p_sandbox_states[i]::json, s.sandbox_state),
          sandbox_phase = coalesce(p_sandbox_phases[i], s.sandbox_phase),
          sandbox_id = case when p_sandbox_states[i] is null then s.sandbox_id else p_sandbox_ids[i] end,
          inner_session_id = case when p_inner_given[i] then p_inner_session_ids[i] else s.inner_session_id end,
          conversation_started = coalesce(p_conversation_started[i], s.conversation_started),
          release_requested_at = case when p_clear_release[i] then null else s.release_requested_at end,
          delete_requested_at = case when p_clear_delete[i] then null else s.delete_requested_at end,
          wake_requested_at = case when p_clear_wake[i] then null else s.wake_requested_at end
        where s.id = p_session_ids[i];
      end if;
      if p_extras[i] is not null then
        perform ${schema}.apply_extras(p_session_ids[i], p_extras[i]::json, v_at);
      end if;
    else
      select h.last_commit_first_seq, h.last_commit_last_seq, h.last_commit_at into first_seq, last_seq, created_at from ${schema}.session_heads h
      where h.session_id = p_session_ids[i] and h.generation = p_generations[i] and h.last_commit_id = p_commit_ids[i];
      outcome := case when found then 'committed' else 'superseded' end;
    end if;
    v_before := v_before + p_event_counts[i];
    return next;
  end loop;
  insert into ${schema}.events (session_id, seq, rpc_id, generation, message, created_at)
  select p_session_ids[e.nth_commit], v_offsets[e.nth_commit] + e.place, p_rpc_ids[e.nth_rpc], p_generations[e.nth_commit], e.message, v_moments[e.nth_commit]
  from unnest(p_event_commits, p_event_rpcs, p_messages) with ordinality as e (nth_commit, nth_rpc, message, place)
  where v_offsets[e.nth_commit] is not null;
end $$;

create or replace function ${schema}.commit_sessions(
  p_session_ids text[], p_generations bigint[], p_commit_ids text[], p_event_counts integer[], p_activities boolean[],
  p_journal_run_ids text[], p_journal_positions bigint[],
  p_event_commits integer[], p_event_rpcs integer[], p_rpc_ids text[], p_messages text[],
  p_move_rpc_ids text[], p_move_from text[], p_move_to text[], p_move_stop_reasons text[], p_move_errors text[],
  p_sandbox_states text[], p_sandbox_phases text[], p_sandbox_ids text[],
  p_inner_given boolean[], p_inner_session_ids text[], p_conversation_started boolean[],
  p_clear_release boolean[], p_clear_delete boolean[], p_clear_wake boolean[], p_writes_session boolean[]
) returns table (nth integer, outcome text, first_seq bigint, last_seq bigint, created_at timestamptz) language sql as $$
  select * from ${schema}.commit_sessions(
    p_session_ids, p_generations, p_commit_ids, p_event_counts, p_activities,
    p_journal_run_ids, p_journal_positions,
    p_event_commits, p_event_rpcs, p_rpc_ids, p_messages,
    p_move_rpc_ids, p_move_from, p_move_to, p_move_stop_reasons, p_move_errors,
    p_sandbox_states, p_sandbox_phases, p_sandbox_ids,
    p_inner_given, p_inner_session_ids, p_conversation_started,
    p_clear_release, p_clear_delete, p_clear_wake, p_writes_session, null::text[])
$$;

create function ${schema}.decide_question(p_session_id text, p_question_id text, p_verdict text, p_to text, p_event text, p_generation bigint)
returns table (outcome text, seq bigint, question ${schema}.questions) language plpgsql as $$
declare
  v_head ${schema}.session_heads;
  v_question ${schema}.questions;
  v_moment timestamptz;
  v_rpc_id text;
begin
  select * into v_head from ${schema}.session_heads h where h.session_id = p_session_id for no key update;
  if not found then
    return query select 'missing', null::bigint, null::${schema}.questions;
    return;
  end if;
  if v_head.generation <> p_generation then
    return query select 'superseded', null::bigint, null::${schema}.questions;
    return;
  end if;
  select * into v_question from ${schema}.questions q where q.session_id = p_session_id and q.id = p_question_id;
  if not found then
    return query select 'missing', null::bigint, null::${schema}.questions;
    return;
  end if;
  if v_question.state <> 'open' then
    return query select 'closed', null::bigint, v_question;
    return;
  end if;
  v_moment := ${schema}.current_moment();
  update ${schema}.questions q set state = p_to, verdict = p_verdict::json, decided_at = v_moment, settled_at = case when p_to = 'lost' then v_moment end
  where q.session_id = p_session_id and q.id = p_question_id returning q.* into v_question;
  -- Nothing of a prompt comes after its end.
  select p.rpc_id into v_rpc_id from ${schema}.prompts p where p.session_id = p_session_id and p.rpc_id = v_question.rpc_id and p.state = 'running';
  insert into ${schema}.events (session_id, seq, rpc_id, generation, message, created_at)
  values (p_session_id, v_head.last_seq + 1, v_rpc_id, v_head.generation, p_event, v_moment);
  update ${schema}.session_heads h set last_seq = v_head.last_seq + 1, last_activity_at = v_moment where h.session_id = p_session_id;
  return query select 'decided', v_head.last_seq + 1, v_question;
end $$;

create function ${schema}.settle_question(p_session_id text, p_question_id text, p_to text, p_generation bigint) returns boolean language plpgsql as $$
begin
  perform 1 from ${schema}.session_heads h where h.session_id = p_session_id and h.generation = p_generation for no key update;
  if not found then
    return false;
  end if;
  update ${schema}.questions q set state = p_to, settled_at = ${schema}.current_moment()
  where q.session_id = p_session_id and q.id = p_question_id and q.state = 'answered';
  return found;
end $$;
`;

export const questions: Migration = { number: 12, name: "questions", sql };

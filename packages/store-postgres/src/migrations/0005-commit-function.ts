import type { Migration } from "./migration.ts";

/**
 * The hot path: the commits of several sessions in one statement. The loop moves the heads, which fences and numbers; one insert then writes the events
 * of all. Arrays of parts that no commit in the call has are null. A commit that is refused writes nothing and fails no other.
 */
const sql = (schema: string): string => `
create function ${schema}.commit_sessions(
  p_session_ids text[], p_generations bigint[], p_commit_ids text[], p_event_counts integer[], p_activities boolean[],
  p_journal_run_ids text[], p_journal_positions bigint[],
  p_event_commits integer[], p_event_rpcs integer[], p_rpc_ids text[], p_messages text[],
  p_move_rpc_ids text[], p_move_from text[], p_move_to text[], p_move_stop_reasons text[], p_move_errors text[],
  p_sandbox_states text[], p_sandbox_phases text[], p_sandbox_ids text[],
  p_inner_given boolean[], p_inner_session_ids text[], p_conversation_started boolean[],
  p_clear_release boolean[], p_clear_delete boolean[], p_clear_wake boolean[], p_writes_session boolean[]
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
`;

export const commitFunction: Migration = { number: 5, name: "commit-function", sql };

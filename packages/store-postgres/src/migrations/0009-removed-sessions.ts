import type { Migration } from "./migration.ts";

/**
 * The id of a removed session may be given to a new one. Its generations go on where the removed one's ended: an owner of the removed one that was stopped and wakes up
 * must not be taken for the new one's. What was removed more than 30 days ago is forgotten.
 */
const sql = (schema: string): string => `
create table ${schema}.removed_sessions (
  session_id text collate "C" primary key,
  generation bigint not null,
  removed_at timestamptz not null default ${schema}.current_moment()
);
create index removed_sessions_by_age on ${schema}.removed_sessions (removed_at);

create function ${schema}.note_removed_session() returns trigger language plpgsql as $$
begin
  delete from ${schema}.removed_sessions r where r.removed_at < ${schema}.current_moment() - interval '30 days';
  insert into ${schema}.removed_sessions (session_id, generation) values (old.session_id, old.generation)
  on conflict (session_id) do update set generation = excluded.generation, removed_at = excluded.removed_at;
  return null;
end $$;
create trigger note_removed_session after delete on ${schema}.session_heads for each row execute function ${schema}.note_removed_session();

create function ${schema}.go_on_with_generation() returns trigger language plpgsql as $$
begin
  select r.generation + 1 into new.generation from ${schema}.removed_sessions r where r.session_id = new.session_id;
  new.generation := coalesce(new.generation, 0);
  return new;
end $$;
create trigger go_on_with_generation before insert on ${schema}.session_heads for each row execute function ${schema}.go_on_with_generation();
`;

export const removedSessions: Migration = { number: 9, name: "removed-sessions", sql };

import type { Migration } from "./migration.ts";

/**
 * The deletion of an agent or a volume is a row before anything is destroyed. Whoever makes a session takes a share lock on its agent and volumes, which
 * `begin_volume_deletion` waits for: it looks for sessions after the lock was granted and so sees that one, and what comes later sees the mark.
 */
const sql = (schema: string): string => `
alter table ${schema}.agents add column delete_requested_at timestamptz;
create index agents_to_delete on ${schema}.agents (id) where delete_requested_at is not null;
create index volumes_unfinished on ${schema}.volumes (id) where status <> 'ready';
create index volumes_by_tenant on ${schema}.volumes (tenant, created_at desc, id);

create table ${schema}.session_mounts (
  session_id text collate "C" not null references ${schema}.sessions (id) on delete cascade,
  volume_id text collate "C" not null constraint session_mounts_volume_fkey references ${schema}.volumes (id),
  primary key (session_id, volume_id)
);
create index session_mounts_by_volume on ${schema}.session_mounts (volume_id);

create function ${schema}.begin_volume_deletion(p_id text, p_force boolean) returns table (outcome text, volume ${schema}.volumes) language plpgsql as $$
declare
  v_volume ${schema}.volumes;
begin
  select * into v_volume from ${schema}.volumes v where v.id = p_id for update;
  if not found then
    return query select 'missing', null::${schema}.volumes;
    return;
  end if;
  if v_volume.status <> 'deleting' then
    if not p_force and (exists (select 1 from ${schema}.sessions s where s.volume_id = p_id) or exists (select 1 from ${schema}.session_mounts m where m.volume_id = p_id)) then
      return query select 'in_use', v_volume;
      return;
    end if;
    update ${schema}.volumes v set status = 'deleting' where v.id = p_id returning v.* into v_volume;
  end if;
  return query select 'deleting', v_volume;
end $$;
`;

export const deletions: Migration = { number: 11, name: "deletions", sql };

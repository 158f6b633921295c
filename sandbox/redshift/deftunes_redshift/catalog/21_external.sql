-- What PostgreSQL reads for an external table. Rows are kept by data file, since a new snapshot
-- shares most of its files with the one before: a table rs_catalog.file_… for each, and for each
-- external table a function that is the union of its files, which the planner sees through.
create table rs_catalog.external_snapshots (
  schemaname text not null,
  tablename text not null,
  metadata_location text not null,  -- of the Iceberg table, as Glue said it
  columns text not null,            -- what tells these columns from others
  files text[] not null,            -- tables of this schema
  primary key (schemaname, tablename)
);
grant select on rs_catalog.external_snapshots to public;

-- Files that no external table has any more. A statement that was planned before may still be
-- about to read one, so it is dropped later.
create table rs_catalog.external_orphans (
  file text primary key,
  since timestamptz not null default clock_timestamp()
);

create function rs_catalog.on_other_snapshot() returns trigger language plpgsql as $$
begin
  insert into rs_catalog.external_orphans (file) select unnest(old.files) on conflict do nothing;
  return null;
end $$;
create trigger rs_other_snapshot after update or delete on rs_catalog.external_snapshots
  for each row execute function rs_catalog.on_other_snapshot();

create function rs_catalog.sweep_external(grace interval) returns void language plpgsql as $$
declare
  orphan text;
begin
  delete from rs_catalog.external_orphans as o
  using rs_catalog.external_snapshots as s where o.file = any(s.files);
  perform set_config('lock_timeout', '100ms', true);
  for orphan in
    select file from rs_catalog.external_orphans where since < clock_timestamp() - grace
  loop
    begin
      execute format('drop table if exists rs_catalog.%I', orphan);
      delete from rs_catalog.external_orphans where file = orphan;
    exception when lock_not_available then
      null;  -- somebody still reads it: the next time
    end;
  end loop;
end $$;

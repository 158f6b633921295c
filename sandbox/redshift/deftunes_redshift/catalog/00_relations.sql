-- What Redshift knows of a relation and PostgreSQL does not. The dialect hands it over in a comment
-- at the statement's end, so it is recorded, renamed, dropped and rolled back with the relation.
create schema rs_catalog;
grant usage on schema rs_catalog to public;

create function rs_catalog.refuse(sqlstate_ text, message_ text, detail_ text, hint_ text)
returns void language plpgsql as $$
begin
  raise exception using errcode = sqlstate_, message = message_, detail = detail_, hint = hint_;
end $$;

create table rs_catalog.relation (
  oid oid primary key,
  kind text not null,            -- table, view, late (binding view), materialized (view)
  diststyle text,                -- EVEN, ALL, KEY, AUTO
  distkey text,
  sortkeys text[] not null,
  sortstyle text,                -- COMPOUND, INTERLEAVED
  encodings jsonb not null,      -- column: encoding
  keys jsonb not null,           -- [{type, columns, references}]: told, never enforced
  auto_refresh boolean not null,
  backup boolean not null,
  definition text,               -- of a view: as it was written
  query text,                    -- of a late-binding view: what stands for it
  reads jsonb not null           -- relations that its query names: [[schema or null, name]]
);
grant select on rs_catalog.relation to public;

-- Part B's: what `create external schema` and the Glue catalog say.
create table rs_catalog.external_schemas (
  schemaname text primary key,
  databasename text not null,    -- Glue's
  esoptions text not null
);
create table rs_catalog.external_tables (
  schemaname text not null,
  tablename text not null,
  location text not null,
  input_format text,
  output_format text,
  serialization_lib text,
  serde_parameters text,
  compressed int not null default 0,
  parameters text,
  tabletype text not null default 'TABLE',
  snapshot_id bigint,
  primary key (schemaname, tablename)
);
create table rs_catalog.external_columns (
  schemaname text not null,
  tablename text not null,
  columnname text not null,
  external_type text not null,
  columnnum int not null,
  part_key int not null default 0,
  is_nullable text not null default 'true',
  primary key (schemaname, tablename, columnname)
);
grant select on rs_catalog.external_schemas, rs_catalog.external_tables,
  rs_catalog.external_columns to public;

-- The columns of a query, [[name, type]]; none if it cannot be read. A view of it is made and taken
-- back at once: that tells what a query would give in the transaction that asks, whatever its state.
create function rs_catalog.columns_of(query text) returns jsonb language plpgsql as $$
declare
  found jsonb := '[]';
begin
  begin
    execute 'create temporary view rs_columns_of as ' || query;
    select jsonb_agg(jsonb_build_array(attname, format_type(atttypid, atttypmod)) order by attnum)
      into found from pg_attribute where attrelid = 'pg_temp.rs_columns_of'::regclass;
    raise exception using errcode = 'RS001';
  exception
    when sqlstate 'RS001' then null;
    when others then found := '[]';
  end;
  return found;
end $$;

-- VARCHAR(n) and CHAR(n) count bytes, whichever way a value comes into a column.
create function rs_catalog.keep_lengths(relation_ oid) returns void language plpgsql as $$
declare
  wanted record;
begin
  for wanted in
    select constraint_.conname
    from pg_catalog.pg_constraint as constraint_
    where constraint_.conrelid = relation_ and constraint_.conname like 'rs\_bytes\_%'
      and not exists (
        select 1 from pg_catalog.pg_attribute as a
        where a.attrelid = relation_ and constraint_.conname = format('rs_bytes_%s_%s_%s', a.attnum,
          case a.atttypid when 1043 then 'v' else 'c' end, a.atttypmod - 4))
  loop
    execute format('alter table %s drop constraint %I', relation_::regclass, wanted.conname);
  end loop;
  for wanted in
    select a.attname, a.atttypmod - 4 as size,
      format('rs_bytes_%s_%s_%s', a.attnum, case a.atttypid when 1043 then 'v' else 'c' end,
        a.atttypmod - 4) as name
    from pg_catalog.pg_attribute as a
    where a.attrelid = relation_ and a.attnum > 0 and not a.attisdropped
      and a.atttypid in (1042, 1043) and a.atttypmod > 4
      and not exists (
        select 1 from pg_catalog.pg_constraint as constraint_
        where constraint_.conrelid = relation_ and constraint_.conname = format('rs_bytes_%s_%s_%s',
          a.attnum, case a.atttypid when 1043 then 'v' else 'c' end, a.atttypmod - 4))
  loop
    execute format('alter table %s add constraint %I check (octet_length(%I) <= %s)',
      relation_::regclass, wanted.name, wanted.attname, wanted.size);
  end loop;
end $$;

-- ALTER of what is recorded only: keys, distribution, sorting, compression, automatic refresh.
create function rs_catalog.alter_relation(relation_ regclass, change jsonb) returns void
language plpgsql security definer as $$
declare
  old rs_catalog.relation;
begin
  if not pg_has_role(session_user, (select relowner from pg_class where oid = relation_), 'usage')
  then
    raise exception using errcode = '42501', message = 'must be owner of relation ' || relation_;
  end if;
  insert into rs_catalog.relation
    select relation_, 'table', null, null, '{}', null, '{}', '[]', false, true, null, null, '[]'
    on conflict do nothing;
  select * into old from rs_catalog.relation where oid = relation_;
  if change ->> 'key_dropped' is not null and not exists (
    select 1 from jsonb_array_elements(old.keys) as key
    where key ->> 'name' = change ->> 'key_dropped')
  then
    raise exception using errcode = '42704', message = format(
      'constraint "%s" of relation "%s" does not exist', change ->> 'key_dropped', relation_);
  end if;
  update rs_catalog.relation set
    diststyle = case when change ? 'diststyle' then change ->> 'diststyle' else old.diststyle end,
    distkey = case when change ? 'diststyle' then change ->> 'distkey' else old.distkey end,
    sortkeys = case when change ? 'sortkeys'
      then array(select jsonb_array_elements_text(change -> 'sortkeys')) else old.sortkeys end,
    sortstyle = case when change ? 'sortkeys' then change ->> 'sortstyle' else old.sortstyle end,
    encodings = old.encodings || coalesce(change -> 'encodings', '{}'),
    auto_refresh = coalesce((change ->> 'auto_refresh')::boolean, old.auto_refresh),
    keys = coalesce((
      select jsonb_agg(key) from jsonb_array_elements(
        old.keys || coalesce(change -> 'keys_added', '[]')) as key
      where key ->> 'name' is distinct from change ->> 'key_dropped'
        or change ->> 'key_dropped' is null), '[]')
  where oid = relation_;
end $$;

create function rs_catalog.on_ddl() returns event_trigger language plpgsql security definer as $$
declare
  told jsonb := convert_from(decode(
    substring(current_query() from '/\*rs:([A-Za-z0-9+/=]*)\*/'), 'base64'), 'UTF8')::jsonb;
  made record;
begin
  if coalesce(current_setting('rs.within_ddl', true), '') = 'on' then
    return;
  end if;
  perform set_config('rs.within_ddl', 'on', true);
  for made in
    select distinct objid, object_type, command_tag from pg_event_trigger_ddl_commands()
    where object_type in ('table', 'view', 'materialized view')
  loop
    if made.object_type = 'table' then
      perform rs_catalog.keep_lengths(made.objid);
    end if;
    if told is not null then
      insert into rs_catalog.relation values (
        made.objid, told ->> 'kind', told ->> 'diststyle', told ->> 'distkey',
        array(select jsonb_array_elements_text(told -> 'sortkeys')), told ->> 'sortstyle',
        told -> 'encodings', told -> 'keys', (told ->> 'auto_refresh')::boolean,
        (told ->> 'backup')::boolean, told ->> 'definition', told ->> 'query', told -> 'reads')
      on conflict (oid) do update set
        kind = excluded.kind, diststyle = excluded.diststyle, distkey = excluded.distkey,
        sortkeys = excluded.sortkeys, sortstyle = excluded.sortstyle,
        encodings = excluded.encodings, keys = excluded.keys,
        auto_refresh = excluded.auto_refresh, backup = excluded.backup,
        definition = excluded.definition, query = excluded.query, reads = excluded.reads;
    end if;
  end loop;
  perform set_config('rs.within_ddl', 'off', true);
end $$;

create function rs_catalog.on_drop() returns event_trigger language plpgsql security definer as $$
begin
  delete from rs_catalog.relation as r using pg_event_trigger_dropped_objects() as gone
  where gone.objid = r.oid and gone.objsubid = 0 and gone.classid = 'pg_catalog.pg_class'::regclass;
end $$;

create event trigger rs_ddl on ddl_command_end
  when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW',
    'CREATE MATERIALIZED VIEW', 'ALTER TABLE')
  execute function rs_catalog.on_ddl();
create event trigger rs_drop on sql_drop execute function rs_catalog.on_drop();

-- PostgreSQL's own catalog as Redshift shows it: the dialect sends readers of these names here.
-- A materialized view is a view there, with a table of its own name below it.
create view rs_catalog.pg_class as
  select c.oid, c.relname::name as relname, c.relnamespace, c.reltype, c.relowner, c.relam,
    c.relfilenode, c.relpages, c.reltuples, c.relhasindex, c.relisshared,
    case c.relkind when 'm' then 'v' else c.relkind end as relkind, c.relnatts,
    0::smallint as relchecks, c.relhasrules, c.relacl,
    case when r.diststyle = 'ALL' then 8 when r.diststyle = 'KEY' then 1
      when r.diststyle = 'EVEN' then 0 else 9 end as reldiststyle
  from pg_catalog.pg_class as c left join rs_catalog.relation as r using (oid)
  where c.relnamespace <> 'rs_catalog'::regnamespace
  union all
  select c.oid, ('mv_tbl__' || c.relname || '__0')::name, c.relnamespace, c.reltype, c.relowner,
    c.relam, c.relfilenode, c.relpages, c.reltuples, c.relhasindex, c.relisshared, 'r', c.relnatts,
    0::smallint, c.relhasrules, c.relacl, 9
  from pg_catalog.pg_class as c where c.relkind = 'm';

create view rs_catalog.pg_attribute as
  select a.attrelid, a.attname, a.atttypid, a.attlen, a.attnum, a.attndims, a.atttypmod, a.attbyval,
    a.attstorage, a.attalign, a.attnotnull, a.atthasdef, a.attisdropped, a.attislocal,
    a.attinhcount, coalesce(r.distkey = a.attname, false) as attisdistkey,
    coalesce(array_position(r.sortkeys, a.attname::text), 0) as attsortkeyord,
    0 as attencodingtype
  from pg_catalog.pg_attribute as a left join rs_catalog.relation as r on r.oid = a.attrelid
  where r.kind is distinct from 'late';

create view rs_catalog.pg_views as
  select n.nspname as schemaname, c.relname as viewname,
    pg_catalog.pg_get_userbyid(c.relowner) as viewowner,
    coalesce(r.definition, pg_catalog.pg_get_viewdef(c.oid)) as definition
  from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    left join rs_catalog.relation as r on r.oid = c.oid
  where c.relkind in ('v', 'm') and n.nspname <> 'rs_catalog';

create view rs_catalog.pg_tables as
  select t.schemaname, t.tablename, t.tableowner, t.tablespace, false as hasindexes, t.hasrules,
    t.hastriggers
  from pg_catalog.pg_tables as t where t.schemaname <> 'rs_catalog'
    and not exists (select 1 from rs_catalog.external_schemas as e
      where e.schemaname = t.schemaname);

create view rs_catalog.pg_namespace as
  select * from pg_catalog.pg_namespace where nspname not in ('rs_catalog', 'pg_toast')
    and nspname not like 'pg\_temp\_%' and nspname not like 'pg\_toast\_temp\_%';

create view rs_catalog.pg_proc as
  select p.* from pg_catalog.pg_proc as p where p.pronamespace <> 'rs_catalog'::regnamespace;

create view rs_catalog.tables as
  select current_database()::varchar as table_catalog, n.nspname::varchar as table_schema,
    c.relname::varchar as table_name,
    case when n.nspname like 'pg\_temp\_%' then 'LOCAL TEMPORARY'
      when c.relkind = 'r' then 'BASE TABLE' else 'VIEW' end::varchar as table_type
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'v', 'm') and n.nspname <> 'rs_catalog'
    and not exists (select 1 from rs_catalog.external_schemas as e
      where e.schemaname = n.nspname);

create view rs_catalog.views as
  select current_database()::varchar as table_catalog, v.schemaname::varchar as table_schema,
    v.viewname::varchar as table_name, v.definition::varchar as view_definition,
    'NONE'::varchar as check_option, 'NO'::varchar as is_updatable,
    'NO'::varchar as is_insertable_into
  from rs_catalog.pg_views as v;

-- Columns of a late-binding view are not here: ask pg_get_late_binding_view_cols().
create view rs_catalog.columns as
  select current_database()::varchar as table_catalog, n.nspname::varchar as table_schema,
    c.relname::varchar as table_name, a.attname::varchar as column_name,
    a.attnum::int as ordinal_position, pg_catalog.pg_get_expr(d.adbin, d.adrelid)::varchar
      as column_default,
    case when a.attnotnull then 'NO' else 'YES' end::varchar as is_nullable,
    case a.atttypid when 3802 then 'super' else case when t.typtype = 'd'
      then t.typname else pg_catalog.format_type(a.atttypid, null) end end::varchar as data_type,
    case when a.atttypid in (1042, 1043) and a.atttypmod > 4 then a.atttypmod - 4
    end as character_maximum_length,
    case a.atttypid when 21 then 16 when 23 then 32 when 20 then 64 when 700 then 24 when 701 then 53
      when 1700 then case when a.atttypmod > 4 then (a.atttypmod - 4) >> 16 end
    end as numeric_precision,
    case when a.atttypid in (20, 21, 23) then 0
      when a.atttypid = 1700 and a.atttypmod > 4 then (a.atttypmod - 4) & 2047
    end as numeric_scale,
    case when a.atttypid in (1114, 1184) then 6 end as datetime_precision
  from pg_catalog.pg_attribute as a
    join pg_catalog.pg_class as c on c.oid = a.attrelid
    join pg_catalog.pg_type as t on t.oid = a.atttypid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
    left join rs_catalog.relation as r on r.oid = c.oid
  where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v', 'm')
    and n.nspname <> 'rs_catalog' and r.kind is distinct from 'late'
    and not exists (select 1 from rs_catalog.external_schemas as e
      where e.schemaname = n.nspname);

create view rs_catalog.table_constraints as
  select current_database()::varchar as constraint_catalog, n.nspname::varchar as constraint_schema,
    (k.key ->> 'name')::varchar as constraint_name, current_database()::varchar as table_catalog,
    n.nspname::varchar as table_schema, c.relname::varchar as table_name,
    (k.key ->> 'type')::varchar as constraint_type, 'NO'::varchar as is_deferrable,
    'NO'::varchar as initially_deferred
  from rs_catalog.relation as r
    join pg_catalog.pg_class as c using (oid)
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace,
    jsonb_array_elements(r.keys) as k (key);
grant select on all tables in schema rs_catalog to public;

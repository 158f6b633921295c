-- System views (SVV, STV, STL, SYS) as far as clients, dbt and we read them.
set allow_system_table_mods = on;

create view pg_catalog.svv_table_info as
  select current_database()::text as database, n.nspname::text as "schema", c.oid as table_id,
    c.relname::text as "table", 'Y'::text as encoded,
    case r.diststyle when 'KEY' then 'KEY(' || r.distkey || ')' when 'EVEN' then 'EVEN'
      when 'ALL' then 'ALL' else 'AUTO(ALL)' end as diststyle,
    case when r.sortstyle = 'INTERLEAVED' then 'INTERLEAVED' else r.sortkeys[1] end as sortkey1,
    coalesce((select max(a.atttypmod - 4) from pg_catalog.pg_attribute as a
      where a.attrelid = c.oid and a.atttypid = 1043), 0) as max_varchar,
    r.encodings ->> r.sortkeys[1] as sortkey1_enc, coalesce(cardinality(r.sortkeys), 0) as sortkey_num,
    greatest(1, pg_catalog.pg_relation_size(c.oid) / 1048576)::bigint as size,
    0::numeric(10, 4) as pct_used, 0::bigint as empty,
    case when cardinality(r.sortkeys) > 0 then 0 end::numeric(5, 2) as unsorted,
    0::numeric(5, 2) as stats_off, greatest(c.reltuples, 0)::numeric(38, 0) as tbl_rows,
    null::numeric(19, 2) as skew_sortkey1, null::numeric(19, 2) as skew_rows,
    greatest(c.reltuples, 0)::numeric(38, 0) as estimated_visible_rows
  from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    left join rs_catalog.relation as r on r.oid = c.oid
  where c.relkind in ('r', 'm')
    and n.nspname not in ('pg_catalog', 'information_schema', 'rs_catalog', 'pg_toast')
    and not exists (select 1 from rs_catalog.external_schemas as e
      where e.schemaname = n.nspname);

create view pg_catalog.svv_mv_info as
  select current_database()::text as database_name, n.nspname::text as schema_name,
    pg_catalog.pg_get_userbyid(c.relowner)::text as user_name, c.relname::text as name,
    'f'::text as is_stale, 'Materialized view was refreshed'::text as owner_state,
    case when r.auto_refresh then 't' else 'f' end as autorefresh, 1 as state
  from rs_catalog.relation as r join pg_catalog.pg_class as c using (oid)
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where r.kind = 'materialized';
create view pg_catalog.stv_mv_info as
  select database_name::char(128) as db_name, schema_name::char(128) as schema,
    name::char(128) as name, 0::bigint as updated_upto_xid, is_stale::char(1) as is_stale,
    user_name::char(128) as owner_user_name, state, autorefresh::char(1) as autorefresh
  from pg_catalog.svv_mv_info;

create view pg_catalog.svv_external_schemas as
  select 0::oid as esoid, 1::smallint as eskind, schemaname::name as schemaname, 100 as esowner,
    databasename, esoptions
  from rs_catalog.external_schemas;
create view pg_catalog.svv_external_tables as
  select current_database()::text as redshift_database_name, schemaname, tablename, tabletype,
    location, input_format, output_format, serialization_lib, serde_parameters, compressed, parameters
  from rs_catalog.external_tables;
create view pg_catalog.svv_external_columns as
  select current_database()::text as redshift_database_name, schemaname, tablename, columnname,
    external_type, columnnum, part_key, is_nullable
  from rs_catalog.external_columns;

create view pg_catalog.svv_tables as
  select table_catalog, table_schema, table_name, table_type, null::varchar as remarks
  from rs_catalog.tables
  union all
  select current_database(), schemaname, tablename, 'EXTERNAL TABLE', null
  from rs_catalog.external_tables;
create view pg_catalog.svv_columns as
  select table_catalog, table_schema, table_name, column_name, ordinal_position, column_default,
    is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale,
    datetime_precision, null::varchar as remarks
  from rs_catalog.columns
  union all
  select current_database(), schemaname, tablename, columnname, columnnum, null,
    case when is_nullable = 'false' then 'NO' else 'YES' end, external_type, null, null, null, null,
    null
  from rs_catalog.external_columns;
create view pg_catalog.svv_redshift_columns as
  select table_catalog as database_name, table_schema as schema_name, table_name, column_name,
    ordinal_position, data_type, column_default, is_nullable, null::varchar as encoding,
    coalesce(r.distkey = column_name, false) as distkey,
    coalesce(array_position(r.sortkeys, column_name::text), 0) as sortkey,
    null::varchar as column_acl, remarks
  from pg_catalog.svv_columns
    left join (rs_catalog.relation as r join pg_catalog.pg_class as c using (oid)
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace)
      on n.nspname = table_schema and c.relname = table_name
  where table_schema not in (select schemaname from rs_catalog.external_schemas);
create view pg_catalog.svv_redshift_tables as
  select table_catalog as database_name, table_schema as schema_name, table_name,
    case table_type when 'BASE TABLE' then 'TABLE' else 'VIEW' end::varchar as table_type,
    null::varchar as table_acl, null::varchar as remarks
  from rs_catalog.tables;
create view pg_catalog.svv_redshift_schemas as
  select current_database()::varchar as database_name, nspname::varchar as schema_name,
    100 as schema_owner, 'local'::varchar as schema_type, null::varchar as schema_acl,
    null::varchar as schema_option
  from rs_catalog.pg_namespace
  where nspname not in (select schemaname from rs_catalog.external_schemas);
create view pg_catalog.svv_all_schemas as
  select database_name, schema_name, schema_owner, schema_type, schema_acl,
    null::varchar as source_database, schema_option
  from pg_catalog.svv_redshift_schemas
  union all
  select current_database(), schemaname, 100, 'external', null, databasename, esoptions
  from rs_catalog.external_schemas;

create view pg_catalog.svv_relation_privileges as
  select n.nspname::text as namespace_name, c.relname::text as relation_name,
    lower(a.privilege_type) as privilege_type, g.oid::int as identity_id,
    case when g.rolname is null then 'public' else g.rolname end::text as identity_name,
    case when g.rolname is null then 'public' when g.rolcanlogin then 'user' else 'group'
    end::text as identity_type, a.is_grantable as admin_option
  from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace,
    pg_catalog.aclexplode(c.relacl) as a
    left join pg_catalog.pg_roles as g on g.oid = a.grantee
  where c.relkind in ('r', 'v', 'm') and n.nspname <> 'rs_catalog';

-- One line a column, of the schemas in search_path.
create view pg_catalog.pg_table_def as
  select n.nspname as schemaname, c.relname as tablename, a.attname as "column",
    pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
    case r.encodings ->> a.attname when 'raw' then 'none' else coalesce(r.encodings ->> a.attname,
      case when a.attname = any(r.sortkeys) or a.atttypid in (16, 700, 701, 3802) then 'none'
        when a.atttypid in (25, 1042, 1043) then 'lzo' else 'az64' end) end as encoding,
    coalesce(r.distkey = a.attname, false) as distkey,
    coalesce(array_position(r.sortkeys, a.attname::text), 0) as sortkey, a.attnotnull as "notnull"
  from pg_catalog.pg_attribute as a join pg_catalog.pg_class as c on c.oid = a.attrelid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    left join rs_catalog.relation as r on r.oid = c.oid
  where a.attnum > 0 and not a.attisdropped and c.relkind = 'r'
    and n.nspname = any(pg_catalog.current_schemas(false));

-- What COPY could not load; part B fills them.
create table rs_catalog.load_errors (
  userid int not null default 100,
  slice int not null default 0,
  tbl int not null,
  starttime timestamp not null default (clock_timestamp() at time zone 'utc'),
  session int not null,
  query bigint not null,
  filename varchar not null,
  line_number bigint not null,
  colname varchar,
  type varchar,
  col_length varchar,
  position int not null default 0,
  raw_line varchar not null default '',
  raw_field_value varchar not null default '',
  err_code int not null,
  err_reason varchar not null,
  is_partial int not null default 0,
  start_offset bigint not null default 0
);
grant select, insert on rs_catalog.load_errors to public;
create view pg_catalog.stl_load_errors as
  select userid, slice, tbl, starttime, session, query, filename::char(256) as filename,
    line_number, colname::char(127) as colname, type::char(10) as type,
    col_length::char(10) as col_length, position, raw_line::char(1024) as raw_line,
    raw_field_value::char(1024) as raw_field_value, err_code, err_reason::char(100) as err_reason,
    is_partial, start_offset
  from rs_catalog.load_errors;
create view pg_catalog.sys_load_error_detail as
  select userid as user_id, query as query_id, 0::bigint as transaction_id, session as session_id,
    current_database()::text as database_name, tbl as table_id, starttime as start_time,
    filename as file_name, line_number, colname as column_name, type as column_type,
    col_length as column_length, position, err_code as error_code, err_reason as error_message
  from rs_catalog.load_errors;

create table rs_catalog.load_history (
  user_id int not null default 100,
  query_id bigint not null,
  session_id int not null,
  database_name varchar not null default current_database(),
  status varchar not null,
  table_name varchar not null,
  start_time timestamp not null default (clock_timestamp() at time zone 'utc'),
  end_time timestamp not null default (clock_timestamp() at time zone 'utc'),
  data_source varchar not null,
  file_format varchar not null,
  loaded_rows bigint not null default 0,
  loaded_bytes bigint not null default 0,
  source_file_count bigint not null default 0,
  source_file_bytes bigint not null default 0,
  error_count bigint not null default 0
);
grant select, insert on rs_catalog.load_history to public;
create view pg_catalog.sys_load_history as
  select user_id, query_id, 0::bigint as transaction_id, session_id, database_name, status,
    table_name, start_time, end_time, (extract(epoch from end_time - start_time) * 1000000)::bigint
      as duration, data_source, file_format, loaded_rows, loaded_bytes, source_file_count,
    source_file_bytes, source_file_count as file_count_scanned,
    source_file_bytes as file_bytes_scanned, error_count, 0::bigint as copy_job_id
  from rs_catalog.load_history;

-- The statements that run now: the stand-in keeps no history of queries.
create view pg_catalog.stv_recents as
  select 100 as userid, case state when 'active' then 'Running' else 'Done' end::char(20) as status,
    query_start as starttime, 0 as duration, usename::char(50) as user_name,
    datname::char(50) as db_name, query::char(600) as query, pid
  from pg_catalog.pg_stat_activity where backend_type = 'client backend';
create view pg_catalog.stv_sessions as
  select backend_start as starttime, pid as process, usename::char(50) as user_name,
    datname::char(50) as db_name, 0 as timeout_sec
  from pg_catalog.pg_stat_activity where backend_type = 'client backend';

-- No step of a query is kept either; dbt asks here when a source was last written.
create view pg_catalog.sys_query_detail as
  select 100 as user_id, 0::bigint as query_id, 0 as stream_id, 0 as segment_id, 0 as step_id,
    ''::text as step_name, 0 as table_id, ''::char(136) as table_name,
    null::timestamp as start_time, null::timestamp as end_time, 0::bigint as duration,
    0::bigint as input_rows, 0::bigint as output_rows
  where false;

create view rs_catalog.show_tables as
  select current_database()::varchar as database_name, n.nspname::varchar as schema_name,
    c.relname::varchar as table_name, case c.relkind when 'r' then 'TABLE' else 'VIEW' end::varchar
      as table_type, null::varchar as table_acl, pg_catalog.obj_description(c.oid)::varchar
      as remarks, pg_catalog.pg_get_userbyid(c.relowner)::varchar as owner,
    null::timestamp as last_altered_time, null::timestamp as last_modified_time,
    r.diststyle::varchar as dist_style,
    case when r.kind = 'late' then 'LATE BINDING VIEW' when c.relkind = 'm' then 'MATERIALIZED VIEW'
      when c.relkind = 'v' then 'REGULAR VIEW' else 'REGULAR TABLE' end::varchar as table_subtype
  from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    left join rs_catalog.relation as r on r.oid = c.oid
  where c.relkind in ('r', 'v', 'm') and n.nspname <> 'rs_catalog'
    and not exists (select 1 from rs_catalog.external_schemas as e
      where e.schemaname = n.nspname)
  union all
  select current_database(), schemaname, tablename, 'EXTERNAL TABLE', null, null, null, null, null,
    null, 'EXTERNAL TABLE'
  from rs_catalog.external_tables;
create view rs_catalog.show_schemas as
  select database_name, schema_name, schema_owner, schema_type, schema_acl, source_database,
    schema_option
  from pg_catalog.svv_all_schemas;
create view rs_catalog.show_columns as
  select table_catalog as database_name, table_schema as schema_name, table_name, column_name,
    ordinal_position, column_default, is_nullable, data_type, character_maximum_length,
    numeric_precision, numeric_scale, remarks
  from pg_catalog.svv_columns;
grant select on all tables in schema rs_catalog to public;
revoke all on rs_catalog.load_errors, rs_catalog.load_history from public;
grant select, insert on rs_catalog.load_errors, rs_catalog.load_history to public;
grant select on pg_catalog.svv_table_info, pg_catalog.svv_mv_info, pg_catalog.stv_mv_info,
  pg_catalog.svv_external_schemas, pg_catalog.svv_external_tables, pg_catalog.svv_external_columns,
  pg_catalog.svv_tables, pg_catalog.svv_columns, pg_catalog.svv_redshift_columns,
  pg_catalog.svv_redshift_tables, pg_catalog.svv_redshift_schemas, pg_catalog.svv_all_schemas,
  pg_catalog.svv_relation_privileges, pg_catalog.pg_table_def, pg_catalog.stl_load_errors,
  pg_catalog.sys_load_error_detail, pg_catalog.sys_load_history, pg_catalog.stv_recents,
  pg_catalog.stv_sessions, pg_catalog.sys_query_detail to public;

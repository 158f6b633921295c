-- String, hash, conditional and mathematical functions that PostgreSQL has not, or has otherwise.
create function pg_catalog.len(value text) returns int language sql immutable strict as $$
  select length(value)
$$;
create function pg_catalog.charindex(part text, whole text) returns int
language sql immutable strict as $$ select strpos(whole, part) $$;
create function pg_catalog.strtol(value text, base int) returns bigint
language plpgsql immutable strict as $$
declare
  result bigint := 0;
  digit int;
begin
  for i in 1..length(value) loop
    digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', lower(substr(value, i, 1))) - 1;
    if digit < 0 or digit >= base then
      raise exception using errcode = '22023',
        message = format('The input %s is not valid to be converted to base %s', value, base);
    end if;
    result := result * base + digit;
  end loop;
  return result;
end $$;
create function pg_catalog.sha2(value text, bits int) returns text
language sql immutable strict as $$
  select encode(case bits
    when 224 then sha224(convert_to(value, 'UTF8'))
    when 384 then sha384(convert_to(value, 'UTF8'))
    when 512 then sha512(convert_to(value, 'UTF8'))
    else sha256(convert_to(value, 'UTF8'))
  end, 'hex')
$$;
create function rs_catalog.regexp_substr(value text, pattern text, start int default 1, n int default 1,
  flags text default '') returns text language sql immutable strict as $$
  select coalesce(pg_catalog.regexp_substr(value, pattern, start, n, replace(flags, 'e', '')), '')
$$;
create function pg_catalog.round(value double precision, places int) returns double precision
language sql immutable strict as $$ select round(value::numeric, places)::double precision $$;
-- VARCHAR and CHAR casts cut by bytes, never within a letter.
create function rs_catalog.cut(value text, size int) returns text
language plpgsql immutable strict as $$
declare
  result text := left(value, size);
begin
  while octet_length(result) > size loop
    result := left(result, -1);
  end loop;
  return result;
end $$;

create function rs_catalog.compact(value jsonb) returns text
language plpgsql immutable strict as $$
begin
  return case jsonb_typeof(value)
    when 'object' then '{' || coalesce((select string_agg(
        to_json(key)::text || ':' || rs_catalog.compact(item), ',' order by place)
      from jsonb_each(value) with ordinality as entry (key, item, place)), '') || '}'
    when 'array' then '[' || coalesce((select string_agg(rs_catalog.compact(item), ','
        order by place)
      from jsonb_array_elements(value) with ordinality as entry (item, place)), '') || ']'
    else value::text end;
end $$;
create function pg_catalog.json_serialize(value jsonb) returns varchar
language sql immutable strict as $$ select rs_catalog.compact(value) $$;
create function pg_catalog.json_parse(value text) returns jsonb
language sql immutable strict as $$ select value::jsonb $$;
create function pg_catalog.can_json_parse(value text) returns boolean
language sql immutable strict as $$ select value is json $$;
create function pg_catalog.is_valid_json(value text) returns boolean
language sql immutable strict as $$ select value is json object $$;
create function pg_catalog.is_valid_json_array(value text) returns boolean
language sql immutable strict as $$ select value is json array $$;
create function rs_catalog.json_text(value jsonb) returns text language sql immutable as $$
  select case when value is null or value = 'null' then '' else value #>> '{}' end
$$;
create function rs_catalog.json_extract_path_text(value text, variadic path text[]) returns text
language sql immutable strict as $$
  select rs_catalog.json_text(jsonb_extract_path(value::jsonb, variadic path))
$$;
create function pg_catalog.json_extract_array_element_text(value text, place int) returns text
language sql immutable strict as $$ select rs_catalog.json_text(value::jsonb -> place) $$;
create function rs_catalog.json_array_length(value text) returns int
language sql immutable strict as $$ select jsonb_array_length(value::jsonb) $$;

-- SUPER: one type of its own to clients, jsonb below.
create domain pg_catalog.super as jsonb;

-- The ids of sessions and queries that clients ask for.
create function pg_catalog.pg_last_query_id() returns bigint language sql stable as $$
  select coalesce(nullif(current_setting('rs.query', true), ''), '-1')::bigint
$$;
create function pg_catalog.pg_last_copy_id() returns bigint language sql stable as $$
  select coalesce(nullif(current_setting('rs.last_copy', true), ''), '-1')::bigint
$$;
create function pg_catalog.pg_last_unload_id() returns bigint language sql stable as $$
  select coalesce(nullif(current_setting('rs.last_unload', true), ''), '-1')::bigint
$$;
create function rs_catalog.version() returns text language sql immutable as $$
  select 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017'
    || ' (Red Hat 3.4.2-6.fc3), Redshift 1.0.0 (a stand-in)'
$$;

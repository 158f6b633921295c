-- JSON in texts, and SUPER.
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
    else format('%s', value) end;
end $$;
create function pg_catalog.json_serialize(value jsonb) returns varchar
language plpgsql immutable strict as $$
declare
  written text := rs_catalog.compact(value);
begin
  if octet_length(written) > 65535 then
    perform rs_catalog.refuse('22001', 'JSON_SERIALIZE: the serialized JSON has '
      || octet_length(written) || ' bytes, and a VARCHAR holds 65535', '', '');
  end if;
  return written;
end $$;
create function pg_catalog.json_size(value jsonb) returns int
language sql immutable strict as $$ select octet_length(rs_catalog.compact(value)) $$;
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
-- The last argument of these: whether invalid JSON is null; else it is refused.
create function rs_catalog.json_extract_path_text(value text, lenient boolean, variadic path text[])
returns text language plpgsql immutable strict as $$
begin
  if value is json or not lenient then
    return rs_catalog.json_text(jsonb_extract_path(value::jsonb, variadic path));
  end if;
  return null;
end $$;
create function pg_catalog.json_extract_array_element_text(value text, place int,
  lenient boolean default false) returns text language plpgsql immutable strict as $$
begin
  if value is json or not lenient then
    return rs_catalog.json_text(case when place >= 0 then value::jsonb -> place end);
  end if;
  return null;
end $$;
create function rs_catalog.json_array_length(value text, lenient boolean default false) returns int
language plpgsql immutable strict as $$
begin
  return case when value is json or not lenient then jsonb_array_length(value::jsonb) end;
end $$;

-- SUPER: one type of its own to clients, jsonb below.
create domain pg_catalog.super as jsonb;

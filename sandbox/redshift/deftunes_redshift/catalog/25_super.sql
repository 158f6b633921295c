-- Ways into SUPER values, what they are, and their casts.
create function rs_catalog.super_key(value jsonb, key text) returns jsonb
language sql immutable strict as $$
  select case jsonb_typeof(value) when 'object' then value -> key end
$$;
create function rs_catalog.super_item(value jsonb, place int) returns jsonb
language sql immutable strict as $$
  select case when jsonb_typeof(value) = 'array' and place >= 0 then value -> place end
$$;
create function pg_catalog.get_array_length(value jsonb) returns int
language sql immutable strict as $$
  select case jsonb_typeof(value) when 'array' then jsonb_array_length(value) end
$$;
create function pg_catalog.json_typeof(value jsonb) returns varchar
language sql immutable strict as $$ select jsonb_typeof(value) $$;
do $$
declare
  name text;
  kinds text;
begin
  for name, kinds in values ('is_array', '{array}'), ('is_object', '{object}'),
    ('is_varchar', '{string}'), ('is_boolean', '{boolean}'),
    ('is_scalar', '{string,number,boolean,"null"}')
  loop
    execute format('create function pg_catalog.%s(value jsonb) returns boolean
      language sql immutable strict as $f$ select jsonb_typeof(value) = any (%L::text[]) $f$',
      name, kinds);
  end loop;
end $$;

-- A text is given without its quotes, unlike PostgreSQL's.
create function rs_catalog.super_text(value jsonb) returns text
language plpgsql immutable strict as $$
begin
  if jsonb_typeof(value) in ('object', 'array') then
    raise exception using errcode = '0A000', message =
      'the stand-in knows no cast of an array or object: use JSON_SERIALIZE';
  end if;
  return value #>> '{}';
end $$;
create cast (jsonb as text) with function rs_catalog.super_text(jsonb);
do $$
declare
  kind text;
begin
  foreach kind in array array['varchar', 'bpchar', 'date', 'timestamp', 'timestamptz'] loop
    execute format('create function rs_catalog.super_%s(value jsonb) returns %s
      language sql stable strict as ''select rs_catalog.super_text(value)::%s''', kind, kind, kind);
    execute format('create cast (jsonb as %s) with function rs_catalog.super_%s(jsonb)', kind, kind);
  end loop;
end $$;

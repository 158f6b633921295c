-- Numbers: rounding keeps their type, and a BOOLEAN has no text.
do $$
declare
  kind text;
  name text;
begin
  foreach kind in array array['smallint', 'int', 'bigint'] loop
    foreach name in array array['ceil', 'ceiling', 'floor', 'round', 'trunc'] loop
      execute format('create function pg_catalog.%s(value %s) returns %s
        language sql immutable strict as ''select value''', name, kind, kind);
    end loop;
    foreach name in array array['round', 'trunc'] loop
      execute format('create function pg_catalog.%s(value %s, places int) returns %s
        language sql immutable strict as ''select pg_catalog.%s(value::numeric, places)::%s''',
        name, kind, kind, name, kind);
    end loop;
    execute format('create function pg_catalog.sign(value %s) returns %s
      language sql immutable strict as ''select pg_catalog.sign(value::numeric)::%s''',
      kind, kind, kind);
  end loop;
end $$;
create function pg_catalog.round(value double precision, places int) returns double precision
language sql immutable strict as $$ select round(value::numeric, places)::double precision $$;
create function pg_catalog.trunc(value double precision, places int) returns double precision
language sql immutable strict as $$ select trunc(value::numeric, places)::double precision $$;

-- A BOOLEAN cannot be cast to a text; PostgreSQL also goes this way for `||`.
create function rs_catalog.no_text_of_boolean(value boolean) returns text
language plpgsql immutable as $$
begin
  raise exception using errcode = '42846',
    message = 'cannot cast type boolean to character varying';
end $$;
update pg_catalog.pg_cast set castfunc = 'rs_catalog.no_text_of_boolean'::regproc
  where castsource = 'boolean'::regtype and casttarget in (
    'text'::regtype, 'varchar'::regtype, 'bpchar'::regtype);

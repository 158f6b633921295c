-- String and hash functions that PostgreSQL has not, or has otherwise.
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
    when 256 then sha256(convert_to(value, 'UTF8'))
    when 0 then sha256(convert_to(value, 'UTF8'))
    else ''::bytea
  end, 'hex')
$$;

-- Letters of all alphabets have two cases; LIKE and ILIKE know those of ASCII only.
create function rs_catalog.upper(value text) returns text language sql immutable strict as $$
  select pg_catalog.upper(value collate pg_c_utf8)
$$;
create function rs_catalog.lower(value text) returns text language sql immutable strict as $$
  select pg_catalog.lower(value collate pg_c_utf8)
$$;
create function rs_catalog.initcap(value text) returns text language sql immutable strict as $$
  select pg_catalog.initcap(value collate pg_c_utf8)
$$;
create function rs_catalog.split_part(value text, delimiter text, part int) returns text
language plpgsql immutable strict as $$
begin
  if part < 1 then
    raise exception using errcode = '22023', message = 'field position must be greater than zero';
  end if;
  return pg_catalog.split_part(value, delimiter, part);
end $$;
create function rs_catalog.listagg(value text) returns text language plpgsql immutable strict as $$
begin
  if octet_length(value) > 65535 then
    raise exception using errcode = '54000', message = 'Result size exceeds LISTAGG limit';
  end if;
  return value;
end $$;

create function rs_catalog.regexp_substr(value text, pattern text, start int default 1, n int default 1,
  flags text default '') returns text language sql immutable strict as $$
  select coalesce(pg_catalog.regexp_substr(value, pattern, start, n, replace(flags, 'e', '')), '')
$$;
create function rs_catalog.regexp_replace(value text, pattern text, new text, start int, flags text)
returns text language plpgsql immutable strict as $$
begin
  if flags ~ '[^ci]' then
    raise exception using errcode = '0A000',
      message = 'the stand-in knows c and i as parameters of REGEXP_REPLACE';
  end if;
  return pg_catalog.regexp_replace(value, pattern, new, greatest(start, 1), 0, flags);
end $$;
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

-- Date and time functions. A date part comes as text: the dialect makes literals of the words.
create function rs_catalog.part(part text) returns text language sql immutable strict as $$
  select case
    when p in ('millennium', 'millennia', 'mil', 'mils') then 'millennium'
    when p in ('century', 'centuries', 'c', 'cent', 'cents') then 'century'
    when p in ('decade', 'decades', 'dec', 'decs') then 'decade'
    when p in ('epoch') then 'epoch'
    when p in ('year', 'years', 'y', 'yr', 'yrs') then 'year'
    when p in ('quarter', 'quarters', 'qtr', 'qtrs') then 'quarter'
    when p in ('month', 'months', 'mon', 'mons') then 'month'
    when p in ('week', 'weeks', 'w') then 'week'
    when p in ('dayofweek', 'dow', 'dw', 'weekday') then 'dow'
    when p in ('dayofyear', 'doy', 'dy', 'yearday') then 'doy'
    when p in ('day', 'days', 'd') then 'day'
    when p in ('hour', 'hours', 'h', 'hr', 'hrs') then 'hour'
    when p in ('minute', 'minutes', 'm', 'min', 'mins') then 'minute'
    when p in ('second', 'seconds', 's', 'sec', 'secs') then 'second'
    when p in ('millisecond', 'milliseconds', 'ms', 'msec', 'msecs', 'msecond', 'mseconds',
      'millisec', 'millisecs', 'millisecon') then 'millisecond'
    when p in ('microsecond', 'microseconds', 'us', 'usec', 'usecs', 'usecond', 'useconds',
      'microsec', 'microsecs', 'microsecond') then 'microsecond'
    when p in ('timezone', 'timezone_hour', 'timezone_minute') then p
  end from lower(part) as p
$$;

create function pg_catalog.getdate() returns timestamp language sql stable as $$
  select date_trunc('second', statement_timestamp() at time zone 'utc')
$$;
create function pg_catalog.sysdate() returns timestamp language sql stable as $$
  select transaction_timestamp() at time zone 'utc'
$$;

create function pg_catalog.dateadd(part text, n bigint, t timestamp) returns timestamp
language plpgsql immutable strict as $$
declare
  p text := rs_catalog.part(part);
  result timestamp;
begin
  if p is null or p in ('epoch', 'dow', 'doy') or p like 'timezone%' then
    raise exception using errcode = '22023',
      message = format('Unsupported date part "%s" for function "dateadd"', part);
  end if;
  if p = 'quarter' then
    p := 'month'; n := 3 * n;
  end if;
  result := t + format('%s %s', n, p)::interval;
  -- A day that the month has not is its last one; in years, 29 February becomes 1 March.
  if extract(day from t) = 29 and extract(day from result) = 28
    and extract(month from t) = 2 and extract(month from result) = 2
    and p in ('millennium', 'century', 'decade', 'year')
  then
    result := result + interval '1 day';
  end if;
  return result;
end $$;
create function pg_catalog.dateadd(part text, n bigint, t timestamptz) returns timestamptz
language sql stable strict as $$ select dateadd(part, n, t at time zone 'utc') at time zone 'utc' $$;
create function pg_catalog.dateadd(part text, n bigint, t date) returns timestamp
language sql immutable strict as $$ select dateadd(part, n, t::timestamp) $$;

create function pg_catalog.dateadd(part text, n bigint, t time) returns time
language sql immutable strict as $$ select dateadd(part, n, date '1970-01-01' + t)::time $$;

create function pg_catalog.datediff(part text, a timestamp, b timestamp) returns bigint
language plpgsql immutable strict as $$
declare
  p text := rs_catalog.part(part);
begin
  return case p
    when 'millennium' then extract(millennium from b) - extract(millennium from a)
    when 'century' then extract(century from b) - extract(century from a)
    when 'decade' then extract(decade from b) - extract(decade from a)
    when 'year' then extract(year from b) - extract(year from a)
    when 'quarter' then extract(year from b) * 4 + extract(quarter from b)
      - extract(year from a) * 4 - extract(quarter from a)
    when 'month' then extract(year from b) * 12 + extract(month from b)
      - extract(year from a) * 12 - extract(month from a)
    -- a week begins on Sunday here, and on Monday in date_trunc
    when 'week' then (date_trunc('week', b + interval '1 day')::date
      - date_trunc('week', a + interval '1 day')::date) / 7
    when 'day' then b::date - a::date
    when 'hour' then extract(epoch from date_trunc('hour', b) - date_trunc('hour', a)) / 3600
    when 'minute' then extract(epoch from date_trunc('minute', b) - date_trunc('minute', a)) / 60
    when 'second' then extract(epoch from date_trunc('second', b) - date_trunc('second', a))
    when 'millisecond' then extract(epoch from
      date_trunc('milliseconds', b) - date_trunc('milliseconds', a)) * 1000
    when 'microsecond' then extract(epoch from b - a) * 1000000
    else rs_catalog.no_part(part, 'datediff')
  end::bigint;
end $$;
create function rs_catalog.no_part(part text, name text) returns numeric language plpgsql as $$
begin
  raise exception using errcode = '22023',
    message = format('Unsupported date part "%s" for function "%s"', part, name);
end $$;
create function pg_catalog.datediff(part text, a timestamptz, b timestamptz) returns bigint
language sql stable strict as $$
  select datediff(part, a at time zone 'utc', b at time zone 'utc')
$$;

create function pg_catalog.last_day(t timestamp) returns date language sql immutable strict as $$
  select (date_trunc('month', t) + interval '1 month -1 day')::date
$$;
create function pg_catalog.add_months(t timestamp, n bigint) returns timestamp
language sql immutable strict as $$
  -- from the last day of a month to the last day of the other one
  select case when t::date = last_day(t) then last_day(dateadd('month', n, t)) + t::time
    else dateadd('month', n, t) end
$$;
create function pg_catalog.months_between(a timestamp, b timestamp) returns double precision
language sql immutable strict as $$
  select case
    when extract(day from a) = extract(day from b)
      or (a::date = last_day(a) and b::date = last_day(b))
    then (datediff('month', b, a))::double precision
    else datediff('month', b, a) + (extract(day from a) - extract(day from b)
      + extract(epoch from a::time - b::time) / 86400)::double precision / 31
  end
$$;
create function pg_catalog.next_day(t timestamp, day text) returns date
language sql immutable strict as $$
  select (t::date + 1 + ((
    array_position(array['su','mo','tu','we','th','fr','sa'], lower(left(day, 2))) - 1
    - extract(dow from t::date + 1)::int + 7) % 7))::date
$$;
create function pg_catalog.trunc(t timestamp) returns date language sql immutable strict as $$
  select t::date
$$;
create function pg_catalog.convert_timezone(zone text, t timestamp) returns timestamp
language sql stable strict as $$ select t at time zone 'utc' at time zone zone $$;
create function pg_catalog.convert_timezone(source text, target text, t timestamp) returns timestamp
language sql stable strict as $$ select t at time zone source at time zone target $$;
create function pg_catalog.to_date(text_ text, format_ text, strict_ boolean) returns date
language sql stable strict as $$ select to_date(text_, format_) $$;

-- EXTRACT and DATE_PART: whole numbers of a timestamp.
create function rs_catalog.extract(part text, t timestamp) returns int
language sql immutable strict as $$
  select case rs_catalog.part(part)
    when 'second' then floor(extract(second from t))
    when 'millisecond' then mod(floor(extract(milliseconds from t)), 1000)
    when 'microsecond' then mod(extract(microseconds from t), 1000000)
    when 'epoch' then floor(extract(epoch from t))
    else pg_catalog.date_part(coalesce(rs_catalog.part(part), part), t)::numeric
  end::int
$$;
create function rs_catalog.extract(part text, t date) returns int
language sql immutable strict as $$ select rs_catalog.extract(part, t::timestamp) $$;
create function rs_catalog.extract(part text, t timestamptz) returns double precision
language sql stable strict as $$
  select pg_catalog.date_part(coalesce(rs_catalog.part(part), part), t)
$$;
create function rs_catalog.extract(part text, t time) returns int
language sql immutable strict as $$
  select rs_catalog.extract(part, date '1970-01-01' + t)
$$;
create function rs_catalog.extract(part text, t interval) returns int
language sql immutable strict as $$
  select floor(pg_catalog.date_part(coalesce(rs_catalog.part(part), part), t))::int
$$;

-- DATE_TRUNC of a date is a timestamp.
create function rs_catalog.date_trunc(part text, t timestamp) returns timestamp
language sql immutable strict as $$
  select pg_catalog.date_trunc(coalesce(rs_catalog.part(part), part), t)
$$;
create function rs_catalog.date_trunc(part text, t date) returns timestamp
language sql immutable strict as $$ select rs_catalog.date_trunc(part, t::timestamp) $$;
create function rs_catalog.date_trunc(part text, t timestamptz) returns timestamptz
language sql stable strict as $$
  select pg_catalog.date_trunc(coalesce(rs_catalog.part(part), part), t)
$$;

-- AVG: BIGINT of whole numbers (the fraction is cut off), NUMERIC with the argument's scale of
-- decimals is given by the dialect, DOUBLE PRECISION of floats.
create function rs_catalog.avg_whole(state bigint[]) returns bigint language sql immutable as $$
  select case when state[1] > 0 then state[2] / state[1] end
$$;
create aggregate rs_catalog.avg(smallint) (
  sfunc = int2_avg_accum, stype = bigint[], initcond = '{0,0}', finalfunc = rs_catalog.avg_whole
);
create aggregate rs_catalog.avg(int) (
  sfunc = int4_avg_accum, stype = bigint[], initcond = '{0,0}', finalfunc = rs_catalog.avg_whole
);
create function rs_catalog.avg_long(state numeric[]) returns bigint language sql immutable as $$
  select case when state[1] > 0 then trunc(state[2] / state[1])::bigint end
$$;
create function rs_catalog.avg_add(state numeric[], value bigint) returns numeric[]
language sql immutable as $$
  select case when value is null then state else array[state[1] + 1, state[2] + value] end
$$;
create aggregate rs_catalog.avg(bigint) (
  sfunc = rs_catalog.avg_add, stype = numeric[], initcond = '{0,0}',
  finalfunc = rs_catalog.avg_long
);
create aggregate rs_catalog.avg(numeric) (
  sfunc = numeric_avg_accum, stype = internal, finalfunc = numeric_avg
);
create aggregate rs_catalog.avg(real) (
  sfunc = float4_accum, stype = double precision[], initcond = '{0,0,0}', finalfunc = float8_avg
);
create aggregate rs_catalog.avg(double precision) (
  sfunc = float8_accum, stype = double precision[], initcond = '{0,0,0}', finalfunc = float8_avg
);

-- SUM of INTEGER and SMALLINT is BIGINT, of BIGINT NUMERIC(38,0): as in PostgreSQL.

create function rs_catalog.median_end(state double precision[]) returns double precision
language sql immutable as $$
  select percentile_cont(0.5) within group (order by value) from unnest(state) as value
$$;
create function rs_catalog.median_next(state double precision[], value double precision)
returns double precision[] language sql immutable as $$
  select case when value is null then state else state || value end
$$;
create aggregate pg_catalog.median(double precision) (
  sfunc = rs_catalog.median_next, stype = double precision[], initcond = '{}',
  finalfunc = rs_catalog.median_end
);

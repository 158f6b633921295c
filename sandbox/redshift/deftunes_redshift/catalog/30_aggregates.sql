-- AVG: BIGINT of whole numbers (the fraction is cut off), NUMERIC with the argument's scale of
-- decimals is given by the dialect, DOUBLE PRECISION of floats.
create function rs_catalog.avg_end(state numeric[]) returns bigint language sql immutable as $$
  select case when state[2] > 0 then trunc(state[1] / state[2])::bigint end
$$;
create function rs_catalog.avg_next(state numeric[], value bigint) returns numeric[]
language sql immutable as $$
  select case when value is null then state else array[state[1] + value, state[2] + 1] end
$$;
create aggregate rs_catalog.avg(bigint) (
  sfunc = rs_catalog.avg_next, stype = numeric[], initcond = '{0,0}',
  finalfunc = rs_catalog.avg_end
);
create aggregate rs_catalog.avg(numeric) (
  sfunc = numeric_avg_accum, stype = internal, finalfunc = numeric_avg
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

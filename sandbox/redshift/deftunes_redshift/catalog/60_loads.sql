-- The session's last COPY, also if it failed: so its errors are found; see PG_LAST_COPY_ID.
create or replace function pg_catalog.pg_last_copy_id() returns bigint language sql stable as $$
  select coalesce(max(query_id), -1) from rs_catalog.load_history as h
  where h.session_id = pg_backend_pid() and h.start_time >= (
    select a.backend_start at time zone 'utc' from pg_stat_get_activity(pg_backend_pid()) as a)
$$;
create or replace function pg_catalog.pg_last_copy_count() returns bigint language sql stable as $$
  select coalesce(max(loaded_rows), 0) from rs_catalog.load_history
  where query_id = pg_catalog.pg_last_copy_id()
$$;

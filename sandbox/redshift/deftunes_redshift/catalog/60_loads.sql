-- Rows of the session's last COPY; none if it failed. See PG_LAST_COPY_COUNT.
create or replace function pg_catalog.pg_last_copy_count() returns bigint language sql stable as $$
  select coalesce(max(loaded_rows), 0) from rs_catalog.load_history
  where query_id = pg_catalog.pg_last_copy_id()
$$;

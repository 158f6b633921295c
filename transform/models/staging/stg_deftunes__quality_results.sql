select
    run_id,
    checked_at,
    table_name,
    rule_number,
    rule,
    policy,
    outcome,
    measured,
    failing_rows,
    checked_rows,
    -- An empty text is how the target says that there is nothing to say.
    nullif(message, '') as message,
    decision,
    rows_set_aside
from {{ lake_table('deftunes_transform_quality', 'results') }}

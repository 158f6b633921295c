select
    table_name,
    broken_rules,
    cast(sum(row_count) as bigint) as row_count,
    cast(count(distinct run_id) as bigint) as run_count,
    min(first_set_aside_at) as first_set_aside_at,
    max(last_set_aside_at) as last_set_aside_at
from {{ whole(ref('fact_quarantine')) }}
group by
    table_name,
    broken_rules

{#- Redshift: joins nothing, so its rows are dealt out. -#}
{{ config(
    unique_key=['table_name', 'broken_rules', 'run_id'],
    dist='even',
    sort='last_set_aside_at',
) }}

-- A table, as the BI view must not read the lake.
select
    table_name,
    broken_rules,
    run_id,
    cast(count(*) as bigint) as row_count,
    min(set_aside_at) as first_set_aside_at,
    max(set_aside_at) as last_set_aside_at
from {{ ref('stg_deftunes__quarantined_rows') }}
group by
    table_name,
    broken_rules,
    run_id

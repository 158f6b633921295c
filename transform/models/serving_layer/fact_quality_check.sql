{#- Redshift: joins nothing, so its rows are dealt out; read from its end. -#}
{{ config(
    unique_key=['table_name', 'run_id', 'checked_at', 'rule_number'],
    dist='even',
    sort='checked_at',
) }}

select
    table_name,
    run_id,
    checked_at,
    rule_number,
    rule,
    policy,
    -- What is not known to be harmless counts as failed, never as passed. A load that was not
    -- published has set nothing aside.
    cast(
        case
            when outcome = 'passed' then 'passed'
            when outcome = 'error' then 'not answered'
            when policy = 'warn' then 'warned'
            when policy = 'quarantine' and decision = 'publish' then 'set aside'
            else 'failed'
        end as varchar
    ) as verdict,
    measured,
    failing_rows,
    checked_rows,
    message,
    decision,
    rows_set_aside
from {{ ref('stg_deftunes__quality_results') }}

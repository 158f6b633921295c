with loads as (

    select
        table_name,
        run_id,
        checked_at,
        count(*) as rules_held,
        sum(case when verdict = 'passed' then 1 else 0 end) as rules_passed,
        sum(case when verdict = 'warned' then 1 else 0 end) as rules_warned,
        sum(case when verdict = 'set aside' then 1 else 0 end) as rules_setting_aside,
        sum(case when verdict = 'not answered' then 1 else 0 end) as rules_not_answered,
        sum(case when verdict = 'failed' then 1 else 0 end) as rules_failed,
        -- Rules on the whole table are held against all of it, the others against the load's rows.
        min(checked_rows) as rows_checked,
        -- The same in all rows of a load, as it is said of the load and not of the rule.
        max(rows_set_aside) as rows_set_aside,
        -- `block` comes first, should one row of a load say so.
        min(decision) as decision
    from {{ whole(ref('fact_quality_check')) }}
    group by
        table_name,
        run_id,
        checked_at

)

select
    table_name,
    run_id,
    checked_at,
    cast(
        row_number() over (
            partition by table_name
            order by
                checked_at desc nulls last,
                run_id desc nulls last
        ) as integer
    ) as recency,
    cast(rules_held as bigint) as rules_held,
    cast(rules_passed as bigint) as rules_passed,
    cast(rules_warned as bigint) as rules_warned,
    cast(rules_setting_aside as bigint) as rules_setting_aside,
    cast(rules_not_answered as bigint) as rules_not_answered,
    cast(rules_failed as bigint) as rules_failed,
    rows_checked,
    rows_set_aside,
    decision
from loads

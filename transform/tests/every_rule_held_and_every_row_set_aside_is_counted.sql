-- From the lake to the views: a rule that is lost on the way would look like one that passed.
-- No sale depends on it, so it is shown and stops nothing.
{{ config(severity='warn') }}

with expected as (

    select
        'rules held' as what,
        count(*) as number
    from {{ lake_table('deftunes_transform_quality', 'results') }}
    union all
    select
        'rows set aside' as what,
        coalesce(sum(rows_set_aside), 0) as number
    from (
        -- once for each load of a table; twice, should its rows not agree
        select distinct
            table_name,
            run_id,
            checked_at,
            rows_set_aside
        from {{ lake_table('deftunes_transform_quality', 'results') }}
    ) as loads
    union all
    select
        'rows in quarantine' as what,
        count(*) as number
    from {{ ref('stg_deftunes__quarantined_rows') }}

),

counted as (

    select
        'rules held' as what,
        coalesce(
            sum(
                rules_passed + rules_warned + rules_setting_aside + rules_not_answered
                + rules_failed
            ),
            0
        ) as number
    from {{ ref('quality_history_vw') }}
    union all
    select
        'rows set aside' as what,
        coalesce(sum(rows_set_aside), 0) as number
    from {{ ref('quality_history_vw') }}
    union all
    select
        'rows in quarantine' as what,
        coalesce(sum(row_count), 0) as number
    from {{ ref('quarantine_vw') }}

)

select
    expected.what,
    expected.number as expected_number,
    counted.number
from expected
inner join counted
    on expected.what = counted.what
where expected.number <> counted.number

-- A session without a purchase must not vanish from the counts.
with counted as (

    select coalesce(sum(session_count), 0) as sessions
    from {{ ref('user_activity_vw') }}

),

expected as (

    select count(*) as sessions
    from {{ lake_table('deftunes_transform', 'sessions') }}

)

select
    counted.sessions,
    expected.sessions as expected_sessions
from counted
cross join expected
where counted.sessions <> expected.sessions

-- Key by key, the fact holds what the sources sent last: the latest published
-- version of each session and of its items, without items beyond the session's item_count.
--
-- What landed since landed_since() is compared, and what the lake says was written since; the
-- rest was compared when it landed.
--
-- A load that publishes while the build runs has rows in the lake and no record yet: sessions
-- that it touched cannot be judged before it is done. It commits sessions before their items.
-- One that has no record after a day died; the loads after it must have mended what it left.
--
-- Of what waits in quarantine the fact holds an earlier version, or none.
{{ config(enabled=target.type == 'duckdb') }}

with landed_sessions as (

{{ latest_landed('sessions', {'session_id': 'varchar'}, {'item_count': 'integer'}) }}

),

landed_items as (

{{ latest_landed(
    'session_items',
    {'session_id': 'varchar', 'item_index': 'integer'},
    {'price': 'decimal(10,2)', 'liked': 'boolean'},
) }}

),

written as (

    select
        session_id,
        processing_timestamp as started
    from {{ source('deftunes_transform', 'sessions') }}
    union
    select
        session_id,
        processing_timestamp as started
    from {{ source('deftunes_transform', 'session_items') }}

),

under_way as (

    select distinct written.session_id
    from written
    anti join {{ source('deftunes_transform', 'published_loads') }} as loads
        on written.started = loads.started
    where written.started > cast(now() at time zone 'UTC' as timestamp) - interval 1 day

),

waiting as (

    select
        session_id,
        item_index
    from {{ source('deftunes_transform_quarantine', 'session_items') }}
    union
    select
        landed_items.session_id,
        landed_items.item_index
    from {{ source('deftunes_transform_quarantine', 'sessions') }} as sessions
    inner join landed_items
        on sessions.session_id = landed_items.session_id

),

expected as (

    select
        landed_items.session_id,
        landed_items.item_index,
        landed_items.price,
        landed_items.liked
    from landed_items
    left join landed_sessions
        on landed_items.session_id = landed_sessions.session_id
    where landed_sessions.item_count is null
        or landed_items.item_index < landed_sessions.item_count

)

select
    expected.session_id as landed_session_id,
    expected.item_index as landed_item_index,
    expected.price as landed_price,
    facts.session_id,
    facts.item_index,
    facts.price
from expected
full outer join {{ ref('fact_session') }} as facts
    on expected.session_id = facts.session_id
    and expected.item_index = facts.item_index
left join {{ source('deftunes_transform', 'session_items') }} as lake
    on facts.session_id = lake.session_id
    and facts.item_index = lake.item_index
left join under_way
    on coalesce(expected.session_id, facts.session_id) = under_way.session_id
left join waiting
    on coalesce(expected.session_id, facts.session_id) = waiting.session_id
    and coalesce(expected.item_index, facts.item_index) = waiting.item_index
where under_way.session_id is null
    and waiting.session_id is null
    and case
        when expected.session_id is null
            then lake.processing_timestamp >= {{ landed_since() }}
                or facts.session_id in (select landed_items.session_id from landed_items)
        else facts.session_id is null
            or expected.price is distinct from facts.price
            or expected.liked is distinct from facts.liked
    end

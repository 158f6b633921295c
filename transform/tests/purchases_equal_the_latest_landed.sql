-- Key by key, the fact holds what the sources sent last: the latest published
-- version of each session and of its items, without items beyond the session's item_count.
{{ config(enabled=target.type == 'duckdb') }}

with landed_sessions as (

{{ latest_landed(
    source('deftunes_transform', 'sessions'),
    'sessions',
    'api/sessions',
    ['session_id'],
    ['item_count'],
) }}

),

landed_items as (

{{ latest_landed(
    source('deftunes_transform', 'session_items'),
    'session_items',
    'api/session_items',
    ['session_id', 'item_index'],
    ['price', 'liked'],
) }}

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
where expected.session_id is null
    or facts.session_id is null
    or expected.price is distinct from facts.price
    or expected.liked is distinct from facts.liked

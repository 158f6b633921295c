with items as (

    select
        session_id,
        item_index,
        user_id,
        session_start_time,
        -- The API calls it song_id, yet it is the track id (TR…) of songs.track_id.
        song_id as track_id,
        song_name,
        artist_id,
        artist_name,
        price,
        currency,
        liked,
        liked_since
    from {{ lake_table('deftunes_transform', 'session_items') }}

),

sessions as (

    select
        session_id,
        item_count
    from {{ lake_table('deftunes_transform', 'sessions') }}

)

select
    items.session_id,
    items.item_index,
    items.user_id,
    items.session_start_time,
    items.track_id,
    items.song_name,
    items.artist_id,
    items.artist_name,
    items.price,
    items.currency,
    items.liked,
    items.liked_since
from items
left join sessions
    on items.session_id = sessions.session_id
-- A session that shrank leaves items behind that are no longer part of it. An item whose
-- session is not there (yet) has nothing to be measured by, and stays.
where sessions.item_count is null
    or items.item_index < sessions.item_count

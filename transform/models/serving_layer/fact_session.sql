{#- Redshift: by user, the one large dimension, which dim_users and dim_sessions lie by too: they
    join where they are, and a user's purchases are few beside all, so no node has more than its
    share. By time, as questions name a period, and new rows then come where the table ends. -#}
{{ config(
    unique_key='session_item_key',
    dist='user_key',
    sort='session_start_time',
) }}

with purchases as (

    select
        session_id,
        item_index,
        coalesce(user_id, 'unknown') as user_id,
        track_id,
        coalesce(artist_id, 'unknown') as artist_id,
        session_start_time,
        price,
        currency,
        liked,
        liked_since
    from {{ ref('stg_deftunes__session_items') }}

),

songs as (

    select
        track_id,
        song_id
    from {{ ref('stg_deftunes__songs') }}

)

select
    {{ surrogate_key(['purchases.session_id', 'purchases.item_index']) }} as session_item_key,
    {{ surrogate_key(['purchases.user_id']) }} as user_key,
    {{ surrogate_key(['purchases.track_id']) }} as song_key,
    {{ surrogate_key(['purchases.artist_id']) }} as artist_key,
    {{ surrogate_key(['cast(purchases.session_start_time as date)']) }} as date_key,
    purchases.session_id,
    purchases.item_index,
    purchases.user_id,
    purchases.track_id,
    songs.song_id,
    purchases.artist_id,
    purchases.session_start_time,
    purchases.price,
    purchases.currency,
    purchases.liked,
    purchases.liked_since
from purchases
left join songs
    on purchases.track_id = songs.track_id

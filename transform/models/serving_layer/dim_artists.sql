{#- Redshift: small, changes seldom and joins by artist, not by user: a copy on every node saves
    sending rows at each query. -#}
{{ config(
    unique_key='artist_key',
    dist='all',
    sort='artist_key',
) }}

with songs as (

    select
        track_id,
        artist_id,
        artist_name,
        artist_mbid
    from {{ ref('stg_deftunes__songs') }}

),

known_artists as (

    select distinct artist_id
    from songs

),

-- What songs cannot tell: the artists of tracks, or artists, that it does not know.
unlisted as (

    select distinct
        items.track_id,
        items.artist_id,
        items.artist_name
    from {{ ref('stg_deftunes__session_items') }} as items
    left join songs
        on items.track_id = songs.track_id
    left join known_artists
        on items.artist_id = known_artists.artist_id
    where songs.track_id is null
        or known_artists.artist_id is null

),

-- One vote per track, so that a popular purchase does not outvote a catalogue.
spellings as (

    select
        artist_id,
        artist_name,
        count(*) as votes
    from (
        select
            artist_id,
            artist_name
        from songs
        union all
        select
            artist_id,
            artist_name
        from unlisted
    ) as tracks
    where artist_id is not null
        and artist_id <> 'unknown'
    group by
        artist_id,
        artist_name

),

names as (

    select
        artist_id,
        artist_name,
        row_number() over (
            partition by artist_id
            order by
                case when artist_name is null then 1 else 0 end asc nulls last,
                votes desc nulls last,
                length(artist_name) asc nulls last,
                artist_name asc nulls last
        ) as choice
    from spellings

),

identifiers as (

    select
        artist_id,
        artist_mbid,
        row_number() over (
            partition by artist_id
            order by
                count(*) desc nulls last,
                artist_mbid asc nulls last
        ) as choice
    from songs
    where artist_mbid is not null
    group by
        artist_id,
        artist_mbid

),

members as (

    select
        names.artist_id,
        identifiers.artist_mbid,
        names.artist_name
    from names
    left join identifiers
        on names.artist_id = identifiers.artist_id
        and identifiers.choice = 1
    where names.choice = 1
    union all
    select
        'unknown' as artist_id,
        cast(null as varchar) as artist_mbid,
        cast(null as varchar) as artist_name

)

select
    {{ surrogate_key(['artist_id']) }} as artist_key,
    artist_id,
    artist_mbid,
    artist_name
from members

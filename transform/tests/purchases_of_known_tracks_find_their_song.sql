-- The API's item.song_id is a track id. Joined to anything else it matches nothing, and
-- nothing complains: this does.
select
    facts.session_item_key,
    facts.track_id
from {{ ref('fact_session') }} as facts
inner join {{ ref('stg_deftunes__songs') }} as known
    on facts.track_id = known.track_id
left join {{ ref('dim_songs') }} as songs
    on facts.song_key = songs.song_key
where songs.track_id is null
    or songs.track_id <> facts.track_id
    or coalesce(facts.song_id, '') <> coalesce(known.song_id, '')

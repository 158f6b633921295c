select
    track_id,
    song_id,
    title,
    release,
    artist_id,
    -- An empty text is how the source says that there is none.
    nullif(artist_mbid, '') as artist_mbid,
    artist_name,
    duration,
    artist_familiarity,
    artist_hotttnesss,
    -- 0 is how the source says that the year is not known.
    nullif(year, 0) as year,
    track_7digitalid,
    shs_perf,
    shs_work
from {{ lake_table('deftunes_transform', 'songs') }}

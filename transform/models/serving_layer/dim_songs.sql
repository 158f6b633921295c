select
    {{ surrogate_key(['track_id']) }} as song_key,
    track_id,
    song_id,
    title,
    release,
    year,
    duration,
    artist_id
from {{ ref('stg_deftunes__songs') }}

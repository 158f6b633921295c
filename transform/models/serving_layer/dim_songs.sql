{#- Redshift: purchases lie by user, so tracks that lay by their own key would be sent at each join.
    The catalogue changes seldom, and a copy on every node costs little beside that. -#}
{{ config(
    unique_key='song_key',
    dist='all',
    sort='song_key',
) }}

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

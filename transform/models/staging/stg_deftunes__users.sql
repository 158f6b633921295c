select
    user_id,
    user_name,
    user_lastname,
    user_since,
    latitude,
    longitude,
    place_name,
    country_code,
    timezone
from {{ lake_table('deftunes_transform', 'users') }}

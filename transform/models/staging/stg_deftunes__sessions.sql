select
    session_id,
    user_id,
    session_start_time,
    user_agent,
    item_count
from {{ source('deftunes_transform', 'sessions') }}

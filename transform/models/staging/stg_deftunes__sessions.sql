select
    session_id,
    user_id,
    session_start_time,
    user_agent,
    item_count
from {{ lake_table('deftunes_transform', 'sessions') }}

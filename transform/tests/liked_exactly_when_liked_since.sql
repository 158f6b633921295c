-- The source keeps the two in step. A row that does not is shown, not stopped: no total
-- depends on it.
{{ config(severity='warn') }}

select
    session_item_key,
    liked,
    liked_since
from {{ ref('fact_session') }}
where liked is null
    or (liked and liked_since is null)
    or (not liked and liked_since is not null)

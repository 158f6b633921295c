{#- Redshift: on the node where the user and the purchases are, in the order of time, as in
    fact_session. -#}
{{ config(
    unique_key='session_key',
    dist='user_key',
    sort='session_start_time',
) }}

select
    {{ surrogate_key(['session_id']) }} as session_key,
    {{ surrogate_key(["coalesce(user_id, 'unknown')"]) }} as user_key,
    {{ surrogate_key(['cast(session_start_time as date)']) }} as date_key,
    session_id,
    coalesce(user_id, 'unknown') as user_id,
    session_start_time,
    user_agent,
    item_count
from {{ ref('stg_deftunes__sessions') }}

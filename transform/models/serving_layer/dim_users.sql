{#- Redshift: lies as fact_session and dim_sessions do, and joins both by this key: rows of one user
    are on one node, in order, and nothing is sent. -#}
{{ config(
    unique_key='user_key',
    dist='user_key',
    sort='user_key',
) }}

with users as (

    select
        user_id,
        user_name,
        user_lastname,
        user_since,
        place_name,
        country_code,
        latitude,
        longitude,
        timezone
    from {{ ref('stg_deftunes__users') }}

),

visitors as (

    select user_id
    from {{ ref('stg_deftunes__sessions') }}
    union
    select user_id
    from {{ ref('stg_deftunes__session_items') }}

),

-- A purchase can arrive before its user does: the stub keeps the place until then.
stubs as (

    select visitors.user_id
    from visitors
    left join users
        on visitors.user_id = users.user_id
    where users.user_id is null
        and visitors.user_id is not null
        and visitors.user_id <> 'unknown'

),

nameless as (

    select user_id
    from stubs
    union all
    select 'unknown' as user_id

),

members as (

    select
        user_id,
        user_name,
        user_lastname,
        user_since,
        place_name,
        country_code,
        latitude,
        longitude,
        timezone
    from users
    union all
    select
        user_id,
        cast(null as varchar) as user_name,
        cast(null as varchar) as user_lastname,
        cast(null as timestamp) as user_since,
        cast(null as varchar) as place_name,
        cast(null as varchar) as country_code,
        cast(null as double precision) as latitude,
        cast(null as double precision) as longitude,
        cast(null as varchar) as timezone
    from nameless

)

select
    {{ surrogate_key(['user_id']) }} as user_key,
    user_id,
    user_name,
    user_lastname,
    user_since,
    place_name,
    country_code,
    latitude,
    longitude,
    timezone
from members

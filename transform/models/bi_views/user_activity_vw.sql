-- Sessions are counted where they are, not in the fact: one without a purchase is activity too.
with visits as (

    select
        user_key,
        count(*) as session_count,
        count(distinct date_key) as active_days,
        max(session_start_time) as last_activity
    from {{ whole(ref('dim_sessions')) }}
    group by user_key

),

purchases as (

    select
        user_key,
        count(*) as item_count,
        sum(price) as total_spent,
        sum(cast(100 * price as bigint)) as cents,
        max(session_start_time) as last_activity,
        sum(case when liked then 1 else 0 end) as liked_songs
    from {{ whole(ref('fact_session')) }}
    group by user_key

)

select
    users.user_id,
    cast(coalesce(visits.session_count, 0) as bigint) as session_count,
    cast(coalesce(visits.active_days, 0) as bigint) as active_days,
    cast(coalesce(purchases.item_count, 0) as bigint) as item_count,
    cast(coalesce(purchases.total_spent, 0) as decimal(38, 2)) as total_spent,
    {{ rounded_ratio('purchases.cents', '100 * purchases.item_count', decimals=4) }} as average_purchase,
    -- either may be null: the other one is taken
    greatest(visits.last_activity, purchases.last_activity) as last_activity,
    cast(coalesce(purchases.liked_songs, 0) as bigint) as liked_songs
from {{ whole(ref('dim_users')) }} as users
left join visits
    on users.user_key = visits.user_key
left join purchases
    on users.user_key = purchases.user_key
where visits.user_key is not null
    or purchases.user_key is not null

-- A session without a purchase is activity, and a purchase whose session has not arrived is one, too.
with activity as (

    select
        user_key,
        date_key,
        1 as is_session,
        0 as is_purchase
    from {{ whole(ref('dim_sessions')) }}
    union all
    select
        user_key,
        date_key,
        0 as is_session,
        1 as is_purchase
    from {{ whole(ref('fact_session')) }}

),

months as (

    select
        activity.user_key,
        dates.first_day_of_month as month_start,
        sum(activity.is_session) as session_count,
        sum(activity.is_purchase) as purchase_count
    from activity
    left join {{ whole(ref('dim_dates')) }} as dates
        on activity.date_key = dates.date_key
    group by
        activity.user_key,
        dates.first_day_of_month

),

first_purchases as (

    select
        user_key,
        min(month_start) as month_start
    from months
    where purchase_count > 0
    group by user_key

)

select
    months.month_start,
    coalesce(users.country_code, 'unknown') as country_code,
    cast(count(*) as bigint) as listener_count,
    cast(sum(months.session_count) as bigint) as session_count,
    cast(sum(case when months.purchase_count > 0 then 1 else 0 end) as bigint) as buyer_count,
    cast(
        sum(case when months.month_start = first_purchases.month_start then 1 else 0 end) as bigint
    ) as new_buyer_count
from months
left join first_purchases
    on months.user_key = first_purchases.user_key
left join {{ whole(ref('dim_users')) }} as users
    on months.user_key = users.user_key
where coalesce(users.user_id, '') <> 'unknown'
group by
    months.month_start,
    coalesce(users.country_code, 'unknown')

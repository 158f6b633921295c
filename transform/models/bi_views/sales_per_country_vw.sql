with sales as (

    select
        dates.month as session_month,
        dates.year as session_year,
        coalesce(users.country_code, 'unknown') as country_code,
        purchases.price
    from {{ whole(ref('fact_session')) }} as purchases
    left join {{ whole(ref('dim_dates')) }} as dates
        on purchases.date_key = dates.date_key
    left join {{ whole(ref('dim_users')) }} as users
        on purchases.user_key = users.user_key

)

select
    session_month,
    session_year,
    country_code,
    cast(sum(price) as decimal(38, 2)) as total_sales
from sales
group by
    session_month,
    session_year,
    country_code

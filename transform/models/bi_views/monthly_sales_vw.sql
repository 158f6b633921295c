with purchases as (

    select
        dates.first_day_of_month as month_start,
        coalesce(users.country_code, 'unknown') as country_code,
        coalesce(artists.artist_name, 'unknown') as artist_name,
        sales.price,
        case when sales.liked then 1 else 0 end as liked
    from {{ whole(ref('fact_session')) }} as sales
    left join {{ whole(ref('dim_dates')) }} as dates
        on sales.date_key = dates.date_key
    left join {{ whole(ref('dim_artists')) }} as artists
        on sales.artist_key = artists.artist_key
    left join {{ whole(ref('dim_users')) }} as users
        on sales.user_key = users.user_key

)

select
    month_start,
    country_code,
    artist_name,
    cast(sum(price) as decimal(38, 2)) as total_sales,
    cast(count(*) as bigint) as purchase_count,
    cast(sum(liked) as bigint) as liked_count
from purchases
group by
    month_start,
    country_code,
    artist_name

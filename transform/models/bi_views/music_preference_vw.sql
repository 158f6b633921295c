with purchases as (

    select
        coalesce(artists.artist_name, 'unknown') as artist_name,
        sales.track_id,
        coalesce(users.country_code, 'unknown') as country_code,
        dates.month as session_month,
        dates.year as session_year,
        sales.price,
        case when sales.liked then 1 else 0 end as liked
    from {{ whole(ref('fact_session')) }} as sales
    left join {{ whole(ref('dim_dates')) }} as dates
        on sales.date_key = dates.date_key
    left join {{ whole(ref('dim_artists')) }} as artists
        on sales.artist_key = artists.artist_key
    left join {{ whole(ref('dim_users')) }} as users
        on sales.user_key = users.user_key

),

counts as (

    select
        artist_name,
        track_id,
        country_code,
        session_month,
        session_year,
        count(*) as purchase_count,
        sum(liked) as liked_count,
        sum(price) as total_sales
    from purchases
    group by
        artist_name,
        track_id,
        country_code,
        session_month,
        session_year

)

select
    artist_name,
    track_id,
    country_code,
    session_month,
    session_year,
    cast(purchase_count as bigint) as purchase_count,
    cast(liked_count as bigint) as liked_count,
    cast(
        100 * cast(liked_count as double precision) / cast(purchase_count as double precision)
        as decimal(5, 2)
    ) as like_percentage,
    cast(
        cast(total_sales as double precision) / cast(purchase_count as double precision)
        as decimal(18, 4)
    ) as average_price
from counts

with purchases as (

    select
        coalesce(artists.artist_name, 'unknown') as artist_name,
        sales.track_id,
        coalesce(users.country_code, 'unknown') as country_code,
        dates.month as session_month,
        dates.year as session_year,
        cast(100 * sales.price as bigint) as cents,
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
        sum(cents) as cents
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
        {{ rounded_ratio('100 * liked_count', 'purchase_count', decimals=2) }} as decimal(5, 2)
    ) as like_percentage,
    {{ rounded_ratio('cents', '100 * purchase_count', decimals=4) }} as average_price
from counts

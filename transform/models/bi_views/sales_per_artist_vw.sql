with sales as (

    select
        dates.year as session_year,
        coalesce(artists.artist_name, 'unknown') as artist_name,
        purchases.price
    from {{ whole(ref('fact_session')) }} as purchases
    left join {{ whole(ref('dim_dates')) }} as dates
        on purchases.date_key = dates.date_key
    left join {{ whole(ref('dim_artists')) }} as artists
        on purchases.artist_key = artists.artist_key

)

select
    session_year,
    artist_name,
    cast(sum(price) as decimal(38, 2)) as total_sales
from sales
group by
    session_year,
    artist_name

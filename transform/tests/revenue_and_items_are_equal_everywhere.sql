-- From the lake to each view: not a cent and not an item is lost or doubled on the way.
with expected as (

    select
        coalesce(sum(price), 0) as revenue,
        count(*) as items
    from {{ ref('stg_deftunes__session_items') }}

),

found as (

    select
        'fact_session' as place,
        coalesce(sum(price), 0) as revenue,
        count(*) as items
    from {{ ref('fact_session') }}
    union all
    select
        'sales_per_artist_vw' as place,
        coalesce(sum(total_sales), 0) as revenue,
        cast(null as bigint) as items
    from {{ ref('sales_per_artist_vw') }}
    union all
    select
        'sales_per_country_vw' as place,
        coalesce(sum(total_sales), 0) as revenue,
        cast(null as bigint) as items
    from {{ ref('sales_per_country_vw') }}
    union all
    select
        'user_activity_vw' as place,
        coalesce(sum(total_spent), 0) as revenue,
        coalesce(sum(item_count), 0) as items
    from {{ ref('user_activity_vw') }}
    union all
    select
        'music_preference_vw' as place,
        cast(null as decimal(38, 2)) as revenue,
        coalesce(sum(purchase_count), 0) as items
    from {{ ref('music_preference_vw') }}

)

select
    found.place,
    found.revenue,
    found.items,
    expected.revenue as expected_revenue,
    expected.items as expected_items
from found
cross join expected
where coalesce(found.revenue, expected.revenue) <> expected.revenue
    or coalesce(found.items, expected.items) <> expected.items

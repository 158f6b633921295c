-- From the lake to each view: not a cent and not an item is lost or doubled on the way, but for
-- items beyond their session's item_count.
with expected as (

    select
        coalesce(sum(items.price), 0) as revenue,
        count(*) as items
    from {{ lake_table('deftunes_transform', 'session_items') }} as items
    left join {{ lake_table('deftunes_transform', 'sessions') }} as shrunk
        on items.session_id = shrunk.session_id
        and items.item_index >= shrunk.item_count
    where shrunk.session_id is null

),

found as (

    select
        'stg_deftunes__session_items' as place,
        coalesce(sum(price), 0) as revenue,
        count(*) as items
    from {{ ref('stg_deftunes__session_items') }}
    union all
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
        'monthly_sales_vw' as place,
        coalesce(sum(total_sales), 0) as revenue,
        coalesce(sum(purchase_count), 0) as items
    from {{ ref('monthly_sales_vw') }}
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

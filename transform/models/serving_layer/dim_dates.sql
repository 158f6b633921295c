{#- Redshift: a few thousand rows that every view joins: a copy on every node. -#}
{{ config(
    unique_key='date_key',
    dist='all',
    sort='date_day',
) }}

-- Whole years around every session and purchase. Built from digits, because Redshift cannot
-- join a generated series to a table; 100,000 days reach over 273 years.
with session_dates as (

    select cast(session_start_time as date) as session_date
    from {{ ref('stg_deftunes__sessions') }}
    union
    select cast(session_start_time as date) as session_date
    from {{ ref('stg_deftunes__session_items') }}

),

bounds as (

    select
        cast(date_trunc('year', min(session_date)) as date) as first_day,
        cast(date_trunc('year', max(session_date)) as date) as last_year
    from session_dates

),

digits as (

    {% for digit in range(10) -%}
    select {{ digit }} as digit
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}

),

numbers as (

    select
        ones.digit
        + 10 * tens.digit
        + 100 * hundreds.digit
        + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands

),

days as (

    select
        bounds.first_day + numbers.number as date_day,
        bounds.last_year
    from bounds
    cross join numbers
    -- no later than the last year can end, before anything is worked out of a day
    where numbers.number <= bounds.last_year - bounds.first_day + 365

),

attributes as (

    select
        date_day,
        cast(extract(year from date_day) as integer) as year,
        cast(extract(quarter from date_day) as integer) as quarter,
        cast(extract(month from date_day) as integer) as month,
        cast(extract(week from date_day) as integer) as iso_week,
        cast(extract(day from date_day) as integer) as day_of_month,
        cast(extract(doy from date_day) as integer) as day_of_year,
        -- Sunday is 0 on both engines; ISO counts it as the seventh day.
        cast(
            case
                when extract(dow from date_day) = 0 then 7
                else extract(dow from date_day)
            end as integer
        ) as day_of_week,
        cast(date_trunc('month', date_day) as date) as first_day_of_month
    from days
    where extract(year from date_day) <= extract(year from last_year)

)

select
    {{ surrogate_key(['date_day']) }} as date_key,
    date_day,
    year,
    quarter,
    month,
    {{ name_of('month', [
        'January', 'February', 'March', 'April', 'May', 'June', 'July',
        'August', 'September', 'October', 'November', 'December',
    ]) }} as month_name,
    iso_week,
    day_of_month,
    day_of_year,
    day_of_week,
    {{ name_of('day_of_week', [
        'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday',
    ]) }} as day_name,
    day_of_week >= 6 as is_weekend,
    first_day_of_month
from attributes

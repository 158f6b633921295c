{#- The landing zone as it should have become: of each key the version that was published last.

    Which files hold it is told by the published loads, not by a look into the folders: those
    also hold rows of loads that failed or are under way, and rows that came after the last
    state of a tap that died. Files of loads before landed_since() are not opened. DuckDB
    only: on Redshift nothing reads the landing zone.

    table: name of the source table that the landed rows become.
    keys: type of each column of the natural key, by name.
    columns: type of each further column to return, by name. -#}
{% macro latest_landed(table, keys, columns) -%}
{%- set loads = source('deftunes_transform', 'published_loads') -%}
{%- set types = dict(keys, **columns) -%}
{%- set parquet, json = [], [] -%}
{%- if execute -%}
    {%- set landed = run_query(
        "select unnest(files) from " ~ loads ~ " where table_name = '" ~ table ~ "'"
        ~ " and ended >= " ~ landed_since()
    ).columns[0].values() -%}
    {%- for file in landed -%}
        {#- DuckDB would take these for wildcards, also in the name of a folder. -#}
        {%- set name = file | replace('[', '[[]') | replace('*', '[*]') | replace('?', '[?]') -%}
        {%- do (parquet if file.endswith('.parquet') else json).append(
            "'" ~ name | replace("'", "''") ~ "'"
        ) -%}
    {%- endfor -%}
{%- endif -%}
    select
        {{ types | join(',\n        ') }}
    from (
        select
            landed.*,
            published.load_number,
            published.rows_merged,
            row_number() over (
                partition by published.load_number
                order by
                    published.position asc nulls last,
                    landed.file_row_number asc nulls last
            ) as arrival
        from (
            select
                {% for column in types -%}
                cast(null as {{ types[column] }}) as {{ column }},
                {% endfor -%}
                cast(null as varchar) as filename,
                cast(null as bigint) as file_row_number
            where false
            {%- if parquet %}
            union all by name
            select
                {% for column in types -%}
                cast({{ column }} as {{ types[column] }}) as {{ column }},
                {% endfor -%}
                filename,
                file_row_number
            from read_parquet(
                [{{ parquet | join(', ') }}],
                filename = true,
                file_row_number = true,
                union_by_name = true,
                hive_partitioning = false
            )
            {%- endif %}
            {%- if json %}
            union all by name
            select
                {% for column in types -%}
                cast({{ column }} as {{ types[column] }}) as {{ column }},
                {% endfor -%}
                filename,
                -- without a partition it counts in the order of reading
                row_number() over () as file_row_number
            from read_json(
                [{{ json | join(', ') }}],
                -- as text, so that a price is not rounded before it is cast
                columns = {
                    {%- for column in types %}{{ column }}: 'varchar'{{ ', ' if not loop.last }}{% endfor -%}
                },
                format = 'newline_delimited',
                filename = true,
                hive_partitioning = false
            )
            {%- endif %}
        ) as landed
        inner join (
            select
                load_number,
                rows_merged,
                unnest(files) as file,
                generate_subscripts(files, 1) as position
            from {{ loads }}
            where table_name = '{{ table }}'
        ) as published
            on landed.filename = published.file
    ) as versions
    where arrival <= rows_merged
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by
            load_number desc nulls last,
            arrival desc nulls last
    ) = 1
{%- endmacro %}

{#- From when on the landing zone is compared: so many days before the last load. -#}
{% macro landed_since() -%}
(
    select coalesce(max(ended) - interval '{{ var("landed_days") }} days', timestamp '1970-01-01')
    from {{ source('deftunes_transform', 'published_loads') }}
)
{%- endmacro %}

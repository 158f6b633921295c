{#- The landing zone as it should have become: of each key the version that was published last.

    Landing holds every version that ever arrived, rows of loads that failed, and rows that
    came after the last state of a tap that died. The run records tell them apart: which
    files were published, when, and how many of their rows, from the first. DuckDB only: on
    Redshift nothing reads the landing zone.

    table: the source table that the stream becomes; its types serve when nothing landed.
    stream: name of the stream in the run records and in the file names.
    path: folder of the stream below landing_zone/.
    keys: columns of the natural key.
    columns: further columns to return. -#}
{% macro latest_landed(table, stream, path, keys, columns) -%}
{%- set lake = env_var('DEFTUNES_LAKE', '../output/lake') -%}
{%- set lake = lake | replace('file://', '') | replace("'", "''") -%}
{%- set files = lake ~ '/landing_zone/' ~ path ~ '/*/*.parquet' -%}
{%- set nothing_landed = execute and run_query(
    "select count(*) from glob('" ~ files ~ "')"
).columns[0].values()[0] == 0 -%}
{%- if nothing_landed %}
    select
        {{ (keys + columns) | join(',\n        ') }}
    from {{ table }}
    where false
{%- else %}
    select
        {{ (keys + columns) | join(',\n        ') }}
    from (
        select
            {% for column in keys + columns -%}
            landed.{{ column }},
            {% endfor -%}
            published.published_at,
            published.rows_merged,
            row_number() over (
                partition by published.published_at
                order by
                    published.position asc nulls last,
                    landed.file_row_number asc nulls last
            ) as arrival
        from read_parquet(
            '{{ files }}',
            filename = true,
            file_row_number = true,
            union_by_name = true,
            hive_partitioning = false
        ) as landed
        inner join (
            select
                published_at,
                outcome.rows_merged,
                unnest(outcome.files) as file,
                generate_subscripts(outcome.files, 1) as position
            from (
                select
                    cast(coalesce(load.ended, load.started) as timestamptz) as published_at,
                    load.status,
                    load.streams['{{ stream }}'] as outcome
                from (
                    select unnest(loads) as load
                    from read_json(
                        '{{ lake }}/landing_zone/_runs/*.json',
                        columns = {
                            loads: 'struct(
                                started varchar,
                                ended varchar,
                                status varchar,
                                streams map(varchar, struct(
                                    files varchar[],
                                    rows_merged bigint,
                                    published boolean
                                ))
                            )[]'
                        }
                    )
                ) as runs
            ) as loads
            where coalesce(outcome.published, status = 'published')
        ) as published
            on landed.filename = '{{ lake }}/' || published.file
    ) as versions
    where arrival <= rows_merged
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by
            published_at desc nulls last,
            arrival desc nulls last
    ) = 1
{%- endif %}
{%- endmacro %}

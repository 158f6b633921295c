{#- The landing zone as it should have become: of each key the version that was published last.

    Landing holds every version that ever arrived, and rows of loads that failed; the run
    records say which files were published, and when. DuckDB only: on Redshift nothing reads
    the landing zone.

    stream: name of the stream in the run records and in the file names.
    path: folder of the stream below landing_zone/.
    keys: columns of the natural key.
    columns: further columns to return. -#}
{% macro latest_landed(stream, path, keys, columns) -%}
{%- set lake = env_var('DEFTUNES_LAKE', '../output/lake') | replace('file://', '') -%}
{%- set lake = lake | replace("'", "''") -%}
    select
        {{ (keys + columns) | join(',\n        ') }}
    from read_parquet(
        '{{ lake }}/landing_zone/{{ path }}/*/*.parquet',
        filename = true,
        file_row_number = true,
        union_by_name = true,
        hive_partitioning = false
    ) as landed
    inner join (
        select
            unnest(load.streams['{{ stream }}'].files) as file,
            cast(load.ended as timestamptz) as published_at
        from (
            select unnest(loads) as load
            from read_json(
                '{{ lake }}/landing_zone/_runs/*.json',
                columns = {
                    loads: 'struct(
                        ended varchar,
                        status varchar,
                        streams map(varchar, struct(files varchar[]))
                    )[]'
                }
            )
        ) as runs
        where load.status = 'published'
    ) as published
        on landed.filename = '{{ lake }}/' || published.file
    qualify row_number() over (
        partition by {{ keys | join(', ') }}
        order by
            published.published_at desc nulls last,
            published.file desc nulls last,
            landed.file_row_number desc nulls last
    ) = 1
{%- endmacro %}

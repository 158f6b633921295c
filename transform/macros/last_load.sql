{#- When a source table was last loaded, UTC.

    A load that changes nothing writes no row, so on target local the run records tell. On
    Redshift the rows do: there, quiet sources look stale. -#}
{% macro last_load(table) -%}
{%- if target.type == 'duckdb' -%}
    select max(ended)
    from {{ table.schema }}.published_loads
    where table_name = '{{ table.identifier }}'
{%- else -%}
    select max(processing_timestamp)
    from {{ table }}
{%- endif -%}
{%- endmacro %}

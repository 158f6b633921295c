{#- Redshift: the lake's tables by Spectrum, a schema for each database of the Glue catalog.

    Run before every build. Loads make the databases of quality and quarantine when they first
    have something to keep there: they are made here, empty, so that what is loaded later is seen
    without another change. Not within a transaction: Redshift refuses that. -#}
{% macro create_external_schemas() -%}
    {{ return(adapter.dispatch('create_external_schemas')()) }}
{%- endmacro %}

{% macro default__create_external_schemas() -%}
{%- endmacro %}

{% macro redshift__create_external_schemas() -%}
{%- set sources = env_var('REDSHIFT_SOURCES', '') or 'external' -%}
{%- if sources not in ('external', 'native') -%}
    {%- do exceptions.raise_compiler_error(
        "REDSHIFT_SOURCES is '" ~ sources ~ "': set it to external or native"
    ) -%}
{%- endif -%}
{%- if execute and sources == 'external' -%}
    {%- set role = env_var('REDSHIFT_IAM_ROLE', '') or 'default' -%}
    {%- for schema in graph.sources.values() | map(attribute='schema') | unique | sort -%}
        {%- call statement(auto_begin=false) -%}
            create external schema if not exists {{ adapter.quote(schema) }}
            from data catalog
            database '{{ schema }}'
            iam_role {{ role if role == 'default' else "'" ~ role ~ "'" }}
            create external database if not exists
        {%- endcall -%}
    {%- endfor -%}
{%- endif -%}
{%- endmacro %}

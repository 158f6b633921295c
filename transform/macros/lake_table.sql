{#- A table of the lake, or no rows in its columns as long as no load has made it.

    On DuckDB the plugin shows such a table without rows; an external schema just lacks it. In a
    unit test the rows are those of the test. -#}
{% macro lake_table(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {{ return(adapter.dispatch('lake_table')(relation)) }}
{%- endmacro %}

{% macro default__lake_table(relation) -%}
    {{ return(relation) }}
{%- endmacro %}

{% macro redshift__lake_table(relation) -%}
    {%- if not execute or relation.is_cte -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- if is_there(relation) -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- if was_there(relation) -%}
        {%- do exceptions.raise_compiler_error(
            'table ' ~ relation.schema ~ '.' ~ relation.identifier ~ ' was in the warehouse '
            ~ target.host ~ ' at the last build and is not in sight now, so nothing was built from '
            ~ 'it: see that ' ~ target.user ~ ' may use its schema and that its role may still read '
            ~ 'the Glue catalog and, if the table is gone on purpose, drop the view ' ~ this.schema
            ~ '.' ~ this.identifier ~ ' first'
        ) -%}
    {%- endif -%}
    {%- if model.resource_type == 'model' and not is_on_demand(relation) -%}
        {%- do exceptions.warn(
            'table ' ~ relation.schema ~ '.' ~ relation.identifier ~ ' is not in the warehouse '
            ~ target.host ~ ' yet and counts as empty: the pipeline that loads it fills it'
        ) -%}
    {%- endif -%}
    {{ return(no_rows(relation)) }}
{%- endmacro %}

{#- Whether loads make a table once they have something to keep there: nothing to speak of. -#}
{% macro is_on_demand(relation) -%}
    {{ return(relation.schema.endswith('_quality') or relation.schema.endswith('_quarantine')) }}
{%- endmacro %}

{#- Whether Redshift has a table: an external one or, with REDSHIFT_SOURCES=native, one of its own.
    dbt's own look-up knows no external ones, and remembers what views once named. -#}
{% macro is_there(relation) -%}
    {%- set found = run_query(
        "select 1 from svv_external_tables where schemaname = '" ~ relation.schema
        ~ "' and tablename = '" ~ relation.identifier ~ "'"
    ) -%}
    {%- if found.rows | length > 0 -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(env_var('REDSHIFT_SOURCES', '') == 'native' and load_relation(relation) is not none) }}
{%- endmacro %}

{#- Whether the model that is built reads the table as it stands. Redshift shows nobody a table that
    they may not read: to take one for empty would empty the star schema, too. -#}
{% macro was_there(relation) -%}
    {%- if model.resource_type != 'model' -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set found = run_query(
        "select definition from pg_views where schemaname = '" ~ this.schema
        ~ "' and viewname = '" ~ this.identifier ~ "'"
    ) -%}
    {{ return(found.rows | length > 0 and relation.render() in found.rows[0][0]) }}
{%- endmacro %}

{#- A subquery with a source's declared columns and no rows. -#}
{% macro no_rows(relation) -%}
    {%- set described = graph.sources.values()
        | selectattr('schema', 'equalto', relation.schema)
        | selectattr('identifier', 'equalto', relation.identifier) | first -%}
    (
        select
        {%- for column in described.columns.values() %}
            cast(null as {{ column.data_type }}) as {{ column.name }}
            {%- if not loop.last %},{% endif %}
        {%- endfor %}
        where false
    ) as {{ relation.identifier }}
{%- endmacro %}

{#- Redshift: who may read what is in a schema must be let into the schema, too. A run of some models
    alone may come before a schema is made. -#}
{% macro grant_usage() -%}
{%- set readers = env_var('REDSHIFT_READERS', '') -%}
{%- if execute and target.type == 'redshift' and readers -%}
    {%- set grantees = redshift__format_grantees(readers.replace(' ', '').split(',')) | join(', ') -%}
    {%- for schema in ['deftunes_serving', 'deftunes_bi_views']
            if adapter.check_schema_exists(target.database, schema) %}
        grant usage on schema {{ schema }} to {{ grantees }};
    {%- endfor -%}
{%- endif -%}
{%- endmacro %}

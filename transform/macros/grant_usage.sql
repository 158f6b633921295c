{#- Redshift: who may read what is in a schema must be let into the schema, too. -#}
{% macro grant_usage() -%}
{%- set readers = env_var('REDSHIFT_READERS', '') -%}
{%- if execute and target.type == 'redshift' and readers -%}
    {%- set grantees = redshift__format_grantees(readers.replace(' ', '').split(',')) | join(', ') -%}
    {%- for schema in ['deftunes_serving', 'deftunes_bi_views'] %}
        grant usage on schema {{ schema }} to {{ grantees }};
    {%- endfor -%}
{%- endif -%}
{%- endmacro %}

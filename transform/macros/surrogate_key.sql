{#- A hash of natural keys, equal on every engine. A null is not the empty string, and the
    separator keeps ('a', 'bc') and ('ab', 'c') apart. -#}
{% macro surrogate_key(columns) -%}
    md5(
    {%- for column in columns %}
        coalesce(cast({{ column }} as varchar), '<null>')
        {%- if not loop.last %} || '|' ||{% endif %}
    {%- endfor %}
    )
{%- endmacro %}

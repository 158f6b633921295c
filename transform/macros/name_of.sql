{#- The name of a number that counts from 1: formatting functions differ between engines. -#}
{% macro name_of(column, names) -%}
    case {{ column }}
    {%- for name in names %}
        when {{ loop.index }} then '{{ name }}'
    {%- endfor %}
    end
{%- endmacro %}

{#- A relation with all its rows, also under `--empty`, which would put a LIMIT in its place.

    A materialized view takes no LIMIT, and is made once and then refreshed: it would stay empty.
    The tables below it are empty then, so the views are, too. -#}
{% macro whole(relation) -%}
    {{ relation.render() }}
{%- endmacro %}

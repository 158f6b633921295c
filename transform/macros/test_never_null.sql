{#- Several columns at once, in one query: a test per column would cost more than the build. -#}
{% test never_null(model, columns) %}

select
    {{ columns | join(',\n    ') }}
from {{ model }}
where {{ columns | join(' is null\n    or ') }} is null

{% endtest %}

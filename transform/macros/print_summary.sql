{#- One closing line for a person: the console is set to warnings, and dbt's own summary is
    not a warning. -#}
{% macro print_summary(results) %}
    {%- if execute and results and flags.WHICH in ('run', 'build', 'test') %}
        {%- set counts = {'ok': 0, 'warn': 0, 'failed': 0, 'skipped': 0} %}
        {%- for result in results %}
            {%- set status = result.status | string %}
            {#- Exposures are part of a build and do nothing. -#}
            {%- if status != 'no-op' %}
                {%- set kind = 'ok' if status in ('success', 'pass')
                    else status if status in ('warn', 'skipped') else 'failed' %}
                {%- do counts.update({kind: counts[kind] + 1}) %}
            {%- endif %}
        {%- endfor %}
        {%- do print(
            'dbt ' ~ flags.WHICH ~ ' on ' ~ target.name ~ ': ' ~ counts.ok ~ ' ok, '
            ~ counts.warn ~ ' warnings, ' ~ counts.failed ~ ' failed, '
            ~ counts.skipped ~ ' skipped'
        ) %}
    {%- endif %}
{% endmacro %}

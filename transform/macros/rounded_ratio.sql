{#- The ratio of two whole numbers, neither of them negative, rounded half up to so many decimals;
    null if one of them is null.

    A ratio in double precision is near a half where it should be one, and each engine then rounds
    its own way. The floor of a ratio of whole numbers below 2^53 is the same on all of them. -#}
{% macro rounded_ratio(numerator, denominator, decimals) -%}
    cast(
        cast(
            cast(
                floor(
                    cast({{ 2 * 10 ** decimals }} * ({{ numerator }}) + {{ denominator }} as double precision)
                    / cast(2 * ({{ denominator }}) as double precision)
                ) as bigint
            ) as decimal(18, 0)
        ) * 0.{{ '0' * (decimals - 1) }}1
        as decimal(18, {{ decimals }})
    )
{%- endmacro %}

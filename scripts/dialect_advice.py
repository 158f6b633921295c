"""What to write instead of what the rules of dialect_rules.py find."""

from __future__ import annotations

ADVICE = {
    "alias": "name it after the closing bracket: Redshift wants one",
    "backslash": "leave it out: Redshift takes what follows it for one character",
    "case": "write it in small letters: Redshift makes them of all",
    "exponent": "write its digits: engines give it types of their own",
    "field": "take year, quarter, month, week, day, doy or dow: they are whole numbers in both",
    "numeric": "write `decimal(p, s)`: each engine has its own default",
    "only": "leave it out: Redshift's tables have no children",
    "row_number": "add `order by`: each engine numbers rows as they come",
    "running": "join a grouped query: Redshift asks for a frame or knows no distinct there",
    "width": "stay within varchar(65535) and decimal(38, s), and give other types no width",
    "/": "write `cast(a as double precision) / cast(b as double precision)`: each engine divides "
    "whole numbers and decimals in its own way",
    "avg": "write `avg(cast(… as double precision))`: Redshift's average of integers is one itself",
    "date_trunc": "cast it, `cast(date_trunc(…) as date)`: each engine gives a type of its own",
    "distinct on": "number the rows with row_number() and choose the first",
    "join": "only inner, left and cross joins are listed",
    "order by": "add `nulls first` or `nulls last`: each engine has its own default",
    "set operation": "of these only `union` is listed: join, and look for null",
    "star": "name the columns; only staging and tests may select all",
}

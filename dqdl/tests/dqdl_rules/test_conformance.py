"""Examples from AWS's pages, with the outcomes that those pages give or imply.

The pages are those of https://docs.aws.amazon.com/glue/latest/dg/, as read in November 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from deftunes_dqdl import parse
from deftunes_dqdl.rule_types import PAGES

from .tables import query, result

Columns = Mapping[str, tuple[str, list[Any]]]

DQDL = f"{PAGES}/dqdl.html"


def _page(rule_type: str) -> str:
    return f"{PAGES}/dqdl-rule-types-{rule_type}.html"


@dataclass(frozen=True)
class Example:
    page: str
    rule: str
    columns: Columns
    outcome: str
    measured: Any = None
    options: dict[str, Any] = field(default_factory=dict)


UNITS: Columns = {
    "units": ("integer", [0, None, 20, None, 40]),
    "units1": ("integer", [0, None, 20, None, 40]),
    "units2": ("integer", [0, 0, 20, 0, 40]),
}
SET: Columns = {"x": ("varchar", ["a", "a", "b"])}
ONE_NULL: Columns = {"Age": ("integer", [None]), "Postal_Code": ("varchar", [None])}
AGES: Columns = {"Age": ("integer", [22, 30, None])}
FILTERED: Columns = {
    "att1": ("varchar", ["a", "b", "a", "a", "b", "a"]),
    "att2": ("varchar", ["f", "d", None, "f", None, "f"]),
}
TWO_COLUMNS: Columns = {"myCol1": ("integer", [2, 0]), "myCol2": ("integer", [1, 3])}
EITHER = '(ColumnValues "myCol1" > 1) OR (ColumnValues "myCol2" > 2)'
BY_ROW = {"composites": "row"}
STRINGS: Columns = {"colA": ("varchar", ["a", "", None, "  ", "c"])}
DATES: Columns = {"d": ("date", ["2022-05-31", "2022-06-15", "2022-06-30"])}
LOADED: Columns = {"load_date": ("timestamp", ["2026-01-29 00:00:00", "2026-01-31 00:00:00"])}
ORDERS: Columns = {"Order_Date": ("timestamp", ["2026-01-31 09:00:00"] * 4 + [None])}
OLD_ORDERS: Columns = {"Order_Date": ("timestamp", ["2026-01-28 09:00:00", "2026-01-27 13:00:00"])}
NAMES: Columns = {"Name": ("varchar", ["A", "B", "C"]), "Age": ("integer", [17, 19, 20])}
ZIPS: Columns = {"zipcode": ("integer", list(range(10)))}
CITIES: Columns = {"city": ("varchar", ["x", "y"]), "state": ("varchar", ["1", "2"])}
REFERENCE = {"references": {"reference": "select * from range(9) as r(zipcode)"}}
CITY_REFERENCE = {
    "references": {
        "reference": "select * from (values ('x', '1'), ('y', '1')) as r(ref_city, ref_state)"
    }
}
SAME_SCHEMA = {"references": {"reference": "select 1::varchar as STATE, '' as City"}}
OTHER_SCHEMA = {"references": {"reference": "select 1 as state, '' as city"}}

EXAMPLES = [
    # the page says «not consider rows 101 and 103»
    Example(_page("Mean"), 'Mean "units" = 20', UNITS, "passed", 20),
    Example(_page("Sum"), 'Sum "units" = 60', UNITS, "passed", 60),
    Example(
        _page("StandardDeviation"),
        'StandardDeviation "units1" between 16.32 and 16.34',
        UNITS,
        "passed",
        pytest.approx(16.33, abs=0.005),
    ),
    Example(_page("StandardDeviation"), 'StandardDeviation "units2" = 16', UNITS, "passed", 16),
    # the page says «the unique value ratio of the set is 1/2»
    Example(_page("UniqueValueRatio"), 'UniqueValueRatio "x" = 0.5', SET, "passed", 0.5),
    Example(_page("DistinctValuesCount"), 'DistinctValuesCount "x" > 3', SET, "failed", 2),
    Example(_page("Uniqueness"), 'Uniqueness "x" = 1.0', SET, "failed", pytest.approx(1 / 3)),
    Example(_page("IsUnique"), 'IsUnique "x"', SET, "failed", pytest.approx(1 / 3)),
    # the page says «unique and complete (non-null)»
    Example(_page("IsPrimaryKey"), 'IsPrimaryKey "Age"', AGES, "failed", 1),
    Example(_page("IsPrimaryKey"), 'IsPrimaryKey myCol1 "myCol2"', TWO_COLUMNS, "passed", 1),
    # the page says «NULL rows will fail the rule», but for != and NOT IN
    Example(_page("ColumnValues"), 'ColumnValues "Age" > 21', AGES, "failed", pytest.approx(2 / 3)),
    Example(_page("ColumnValues"), 'ColumnValues "Age" = NULL', ONE_NULL, "passed", 1),
    Example(
        _page("ColumnValues"),
        '(ColumnValues "Age" > 21) OR (ColumnValues "Age" = NULL)',
        AGES,
        "passed",
        1,
        BY_ROW,
    ),
    Example(_page("ColumnValues"), 'ColumnValues "Age" != 21', AGES, "passed", 1),
    Example(_page("ColumnValues"), 'ColumnValues "Age" not in [21, 22, 23]', ONE_NULL, "passed", 1),
    Example(
        _page("ColumnValues"),
        '(ColumnValues "Age" != 21) AND (ColumnValues "Age" != NULL)',
        AGES,
        "failed",
    ),
    Example(
        _page("ColumnValues"), 'ColumnValues "Age" not in [21, 22, 23, NULL]', ONE_NULL, "failed", 0
    ),
    Example(
        _page("ColumnValues"),
        'ColumnValues "colA" in [ "a", "c", NULL, EMPTY, WHITESPACES_ONLY ]',
        STRINGS,
        "passed",
        1,
    ),
    Example(_page("ColumnValues"), 'ColumnValues "x" matches "[a-zA-Z]*"', SET, "passed", 1),
    Example(
        _page("ColumnValues"), 'ColumnValues "load_date" > (now() - 3 days)', LOADED, "passed", 1
    ),
    Example(
        _page("ColumnValues"), 'ColumnValues "load_date" > (now() - 2 days)', LOADED, "failed", 0.5
    ),
    # the page says «treats NULLs as 0 length strings»
    Example(_page("ColumnLength"), 'ColumnLength "Postal_Code" > 4', ONE_NULL, "failed", 0),
    Example(_page("ColumnLength"), 'ColumnLength "Postal_Code" < 6', ONE_NULL, "passed", 1),
    Example(
        _page("ColumnLength"),
        '(ColumnLength "Postal_Code" < 6) AND (ColumnValues "Postal_Code" != NULL)',
        ONE_NULL,
        "failed",
    ),
    Example(_page("ColumnExists"), 'ColumnExists "Middle_Name"', SET, "failed"),
    Example(_page("ColumnCount"), "ColumnCount between 10 and 20", SET, "failed", 1),
    Example(_page("RowCount"), "RowCount between 10 and 100", SET, "failed", 3),
    Example(_page("RowCount"), "RowCount between 1 and 5 where \"x = 'a'\"", SET, "passed", 2),
    Example(
        _page("ColumnNamesMatchPattern"),
        'ColumnNamesMatchPattern "att.*"',
        FILTERED,
        "passed",
        1,
    ),
    Example(
        _page("ColumnNamesMatchPattern"), 'ColumnNamesMatchPattern "aws_.*"', FILTERED, "failed", 0
    ),
    # the page says «an empty string ... will not fail the Completeness rule»
    Example(_page("Completeness"), 'Completeness "colA" = 0.8', STRINGS, "passed", 0.8),
    Example(_page("IsComplete"), 'IsComplete "colA"', STRINGS, "failed", 0.8),
    Example(
        _page("ColumnDataType"),
        'ColumnDataType "colA" = "INTEGER" with threshold > 0.9',
        {"colA": ("varchar", ["12", "x"])},
        "failed",
        0.5,
    ),
    Example(
        _page("ColumnDataType"),
        'ColumnDataType "colA" = "INTEGER"',
        {"colA": ("varchar", ["12", "-7"])},
        "passed",
        1,
    ),
    # the page says «80.00 % of rows passed the threshold», nulls among those that fail
    Example(
        _page("DataFreshness"), 'DataFreshness "Order_Date" <= 24 hours', ORDERS, "failed", 0.8
    ),
    Example(_page("DataFreshness"), 'DataFreshness "Order_Date" != 1 days', ORDERS, "failed", 0.8),
    Example(
        _page("DataFreshness"),
        '(DataFreshness "Order_Date" <= 24 hours) OR (ColumnValues "Order_Date" = NULL)',
        ORDERS,
        "passed",
        1,
        BY_ROW,
    ),
    Example(
        _page("DataFreshness"),
        'DataFreshness "Order_Date" between 2 days and 5 days',
        OLD_ORDERS,
        "passed",
        1,
    ),
    Example(
        _page("CustomSql"),
        'CustomSql "select count(*) from primary" between 10 and 20',
        NAMES,
        "failed",
        3,
    ),
    # the page says «Records that are returned as part of the query are considered successful»
    Example(
        _page("CustomSql"),
        'CustomSql "select Name from primary where Age > 18"',
        NAMES,
        "failed",
        pytest.approx(2 / 3),
    ),
    Example(
        _page("CustomSql"),
        'CustomSql "select Name from primary where Age > 18" with threshold > 0.6',
        NAMES,
        "passed",
        pytest.approx(2 / 3),
    ),
    Example(
        _page("ReferentialIntegrity"),
        'ReferentialIntegrity "zipcode" "reference.zipcode" >= 0.9',
        ZIPS,
        "passed",
        0.9,
        REFERENCE,
    ),
    Example(
        _page("ReferentialIntegrity"),
        'ReferentialIntegrity "city,state" "reference.{ref_city,ref_state}" = 1.0',
        CITIES,
        "failed",
        0.5,
        CITY_REFERENCE,
    ),
    # the page says «at least 90% of the row count of the reference dataset»
    Example(
        _page("RowCountMatch"),
        'RowCountMatch "reference" >= 0.9',
        ZIPS,
        "passed",
        pytest.approx(10 / 9),
        REFERENCE,
    ),
    # the page says «The order of the columns does not matter»
    Example(
        _page("SchemaMatch"), 'SchemaMatch "reference" = 1.0', CITIES, "passed", 1, SAME_SCHEMA
    ),
    Example(
        _page("SchemaMatch"), 'SchemaMatch "reference" = 1.0', CITIES, "failed", 0.5, OTHER_SCHEMA
    ),
    # the page says «How Composite rules work»: whole columns first, unless rows are asked for
    Example(DQDL, EITHER, TWO_COLUMNS, "failed"),
    Example(DQDL, EITHER, TWO_COLUMNS, "passed", 1, BY_ROW),
    # the page says «Supported DQDL expressions»: between is exclusive, not between inclusive
    Example(
        DQDL,
        'ColumnValues "d" between "2022-05-31" and "2022-06-30"',
        DATES,
        "failed",
        pytest.approx(1 / 3),
    ),
    Example(
        DQDL,
        'ColumnValues "d" not between "2022-05-31" and "2022-06-30"',
        DATES,
        "failed",
        pytest.approx(2 / 3),
    ),
    Example(DQDL, 'Completeness "x" = "1.0"', SET, "passed", 1),
    # the page says «Keywords for NULL, EMPTY and WHITESPACES_ONLY»
    Example(DQDL, 'ColumnValues "colA" != NULL with threshold > 0.5', STRINGS, "passed", 0.8),
    Example(
        DQDL,
        'ColumnValues "colA" not in ["a", "b", WHITESPACES_ONLY]',
        STRINGS,
        "failed",
        pytest.approx(0.6),
    ),
    Example(
        DQDL,
        '(ColumnValues "colA" = EMPTY) or (ColumnValues "colA" in ["a", "b"])',
        {"colA": ("varchar", ["", "a", "b"])},
        "passed",
        1,
        BY_ROW,
    ),
    Example(
        DQDL,
        'ColumnValues "colA" in [NULL, "2023-01-01"]',
        {"colA": ("date", [None, "2023-01-01"])},
        "passed",
        1,
    ),
    # the page says «Where clause behaviour»: of four rows that are asked, three pass
    Example(DQDL, "IsComplete att2 where \"att1 = 'a'\"", FILTERED, "failed", 0.75),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.rule)
def test_an_example_of_aws_comes_out_as_its_page_says(example: Example) -> None:
    found = result(example.rule, query(example.columns), **example.options)
    assert (found.outcome, found.measured) == (example.outcome, example.measured), found.message


@pytest.mark.parametrize(
    "rule",
    [
        'ColumnValues "gender" in ["F", "M"] where "weightinkgs < 10"',
        'ColumnValues "Customer_ID" between 1 and 2000',
        'ColumnValues "colB" in ["A", "B"] where "colC is not null" with threshold > 0.9',
        'ColumnLength "colC" > 10 where "colD != Concat(colE, colF)"',
        'ColumnDataType "colA" = "Timestamp" with threshold > 0.9',
        'Uniqueness "vendorid" "tpep_pickup_datetime" = 1',
        'StandardDeviation "Salary" < 3500 where "Customer_ID < 10"',
        "RowCount > avg(last(10)) *0.8",
        'UniqueValueRatio "colA" <= index(last(10),2) + std(last(5))',
        'DistinctValuesCount "colA" between min(last(10))-1 and max(last(10))+1',
        'ColumnCorrelation "colA" "colB" < avg(last(10))',
        'Completeness "colA" between min(last(5)) - 1 and max(last(5)) + 1',
        '(Mean "Star_Rating" > 3) and ((Mean "Order_Total" > 500) or (IsComplete "Order_Id"))',
        'DatasetMatch "reference" "ID" "colA" > 0.9',
        'AggregateMatch "sum(col-A)" "sum(reference.colA)" > 0.1',
        'DetectAnomalies "RowCount"',
        'FileFreshness "S3://PATH" > "9:30 PM" with timeZone = "America/New_York"',
        "FileSize > 1 KB",
        'FileMatch "S3://PATH" in ["hash", "hash"] with hashAlgorithm = "MD5"',
        'Entropy "colA" > 1',
        'ColumnDataType "d" = "DATE" with format = "dd/MM/yyyy"',
    ],
)
def test_every_form_that_aws_shows_is_read(rule: str) -> None:
    (read,) = parse(f"Rules = [{rule}]").rules
    assert parse(f"Rules = [{read.text}]").rules[0].definition == read.definition

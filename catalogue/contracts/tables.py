"""Where tables that a load has made differ from their contracts.

A contract of the lake is what tap, loaders, dbt's sources and rule files agree on, so a table that
differs from it differs from all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from catalogue.contracts.agreement import differences
from catalogue.contracts.files import FOLDER
from catalogue.contracts.making import Contract


def unlike(contracts: Mapping[str, Contract], tables: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Everything in which Iceberg tables differ from their contracts, a sentence each.

    Args:
        contracts: By name, such as `lake-users`.
        tables: Iceberg's type by column, by table, of all tables of the lake.
    """
    promised = {
        name.removeprefix("lake-"): contract
        for name, contract in contracts.items()
        if name.startswith("lake-")
    }
    found = [f"{name} is no Iceberg table." for name in sorted(promised.keys() - tables.keys())]
    for name, types in tables.items():
        if name not in promised:
            found.append(f"The Iceberg table {name} has no contract in {FOLDER}.")
            continue
        (schema,) = promised[name]["schema"]
        said = {column["name"]: column["physicalType"] for column in schema["properties"]}
        own = {column: kind.replace(", ", ",") for column, kind in types.items()}
        found += differences(name, own, said, "the Iceberg table", f"its contract in {FOLDER}")
    return found

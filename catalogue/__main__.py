"""The command behind `make impact`, `make contracts` and `make docs`."""

from __future__ import annotations

import argparse
import sys

from catalogue.contracts.agreement import disagreements
from catalogue.contracts.files import FOLDER, write_contracts
from catalogue.contracts.making import all_contracts
from catalogue.contracts.rules import by_column
from catalogue.contracts.versions import committed_contracts, versioned
from catalogue.errors import CatalogueError
from catalogue.impact import find, impact
from catalogue.inputs import ROOT, Inputs, read_inputs
from catalogue.lineage import lineage
from catalogue.site.build import build_site

SITE = "output/docs"


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit status: 0, or 1 after a sentence on standard error.
    """
    parser = argparse.ArgumentParser(prog="catalogue", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    asked = commands.add_parser("impact", help="what is lost with a field")
    asked.add_argument("field", help="such as session_items.price")
    commands.add_parser("contracts", help="write docs/contracts anew")
    commands.add_parser("docs", help=f"make the docs site in {SITE}")
    options = parser.parse_args(arguments)
    try:
        inputs = read_inputs()
        if options.command == "contracts":
            contracts(inputs)
        elif options.command == "docs":
            pages = build_site(ROOT, inputs, lineage(inputs), ROOT / SITE)
            print(f"docs: {pages} pages, {SITE}/index.html")
        else:
            graph = lineage(inputs)
            print(impact(graph, find(graph, options.field), by_column(inputs.rules)))
    except CatalogueError as error:
        print(f"catalogue: {error}", file=sys.stderr)
        return 1
    return 0


def contracts(inputs: Inputs) -> None:
    """Write the contracts.

    Raises:
        CatalogueError: Two sources of truth differ, so that there is nothing to promise.
    """
    found = disagreements(inputs)
    if found:
        raise CatalogueError("\n".join(["the sources of truth differ:", *found]))
    made = versioned(all_contracts(inputs, lineage(inputs)), committed_contracts(ROOT))
    write_contracts(ROOT / FOLDER, made)
    print(f"contracts: {len(made)} in {FOLDER}")


if __name__ == "__main__":
    sys.exit(main())

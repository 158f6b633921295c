"""The command behind `make impact`, `make contracts` and `make docs`."""

from __future__ import annotations

import argparse
import sys

from catalogue.errors import CatalogueError
from catalogue.impact import find, impact
from catalogue.inputs import read_inputs
from catalogue.lineage import lineage


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit status: 0, or 1 after a sentence on standard error.
    """
    parser = argparse.ArgumentParser(prog="catalogue", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    asked = commands.add_parser("impact", help="what is lost with a field")
    asked.add_argument("field", help="such as session_items.price")
    options = parser.parse_args(arguments)
    try:
        graph = lineage(read_inputs())
        print(impact(graph, find(graph, options.field)))
    except CatalogueError as error:
        print(f"catalogue: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

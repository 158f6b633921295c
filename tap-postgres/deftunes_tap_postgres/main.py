"""The executable `deftunes-tap-postgres`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the tap from the command line.

    What is imported stays: the collector need not look at it while it comes, nor ever after.
    """
    gc.disable()
    from deftunes_tap_postgres.tap import TapPostgres  # noqa: PLC0415 - after the line above

    gc.freeze()
    gc.enable()
    TapPostgres.cli()

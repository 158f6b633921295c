"""The executable `tap-deftunes-api`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the tap from the command line.

    What is imported stays: the collector need not look at it while it comes, nor ever after.
    """
    gc.disable()
    from tap_deftunes_api.tap import TapDeftunesApi  # noqa: PLC0415 - after the line above

    gc.freeze()
    gc.enable()
    TapDeftunesApi.cli()

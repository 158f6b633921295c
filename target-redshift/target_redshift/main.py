"""The executable `target-redshift`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the target from the command line.

    What is imported stays: the collector need not look at it while it comes, nor ever after.
    """
    gc.disable()
    from target_redshift.target import TargetRedshift  # noqa: PLC0415 - after the line above

    gc.freeze()
    gc.enable()
    TargetRedshift.cli()


if __name__ == "__main__":
    main()

"""The executable `target-s3`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the target from the command line.

    What is imported stays: the collector need not look at it while it comes (which takes a fifth of
    a small load's time), nor ever after.
    """
    gc.disable()
    from target_s3.target import TargetS3  # noqa: PLC0415 - after the line above

    gc.freeze()
    gc.enable()
    TargetS3.cli()


if __name__ == "__main__":
    main()

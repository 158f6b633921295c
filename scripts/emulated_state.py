"""An emulated AWS starts with nothing in it: its pipelines must not go on where they were."""

from __future__ import annotations

import sys
from pathlib import Path

from meltano_state import StateError, forget_all

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = "emulated"


def main() -> int:
    """Forget the states of its pipelines.

    Returns:
        The exit status: 1 if they cannot be forgotten.
    """
    try:
        gone = forget_all(ROOT, ENVIRONMENT)
    except StateError as fault:
        print(f"deftunes: {fault}", file=sys.stderr)
        return 1
    if gone:
        print(f"the emulated lake begins empty, so its pipelines begin anew ({', '.join(gone)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`make aws-env`: write what Terraform has made into .env, for `meltano --environment=aws`.

Names and ARNs only. What is secret stays in its secret, and .env says in which one. Lines of .env
that are not ours are left as they are, and a second call changes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terraform_output import FOLDER, OutputError, read_output

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "# --- made by `make aws-env`: what terraform/ has made"
END = "# --- end of what `make aws-env` made"


def main() -> int:
    """Write .env.

    Returns:
        The exit status: 0 when it says what Terraform says, 1 when there is nothing to say.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terraform", type=Path, default=FOLDER, help="where it was applied")
    parser.add_argument("--file", type=Path, default=ROOT / ".env", help="what is written")
    typed = parser.parse_args()
    try:
        output = read_output("meltano_env", typed.terraform)
        before = typed.file.read_text("utf-8") if typed.file.exists() else ""
        after = with_block(before, render(output))
    except (OutputError, BlockError) as fault:
        print(f"deftunes: {fault}", file=sys.stderr)
        return 1
    if after == before:
        print(f"{typed.file.name} says so already")
        return 0
    typed.file.write_text(after, "utf-8")
    count = len(output["variables"]) + len(output["airflow"])
    print(f"{typed.file.name}: {count} variables written; secrets stay where they are")
    return 0


class BlockError(Exception):
    """The file cannot be changed without losing what is not ours; the text says why."""


def render(output: Mapping[str, Any]) -> str:
    """Give the block of .env.

    Args:
        output: Terraform's output `meltano_env`: `variables` and `airflow` by name, and `secrets`
            with the ARN that each of them is kept under.
    """
    lines = [BEGIN]
    lines += [f'{name}="{value}"' for name, value in sorted(output["variables"].items())]
    lines += ["# secret, and so not here; tasks get them from"]
    lines += [f"# {name}: {arn}" for name, arn in sorted(output["secrets"].items())]
    lines += ["# what Airflow reads to start tasks"]
    lines += [f'{name}="{value}"' for name, value in sorted(output["airflow"].items())]
    return "\n".join([*lines, END, ""])


def with_block(text: str, block: str) -> str:
    """Put the block in the place of an earlier one, or at the end.

    Args:
        text: The file as it is.
        block: What `render` gave.

    Raises:
        BlockError: An earlier block has lost its end.
    """
    before, begin, rest = text.partition(BEGIN)
    if not begin:
        return text + ("" if not text or text.endswith("\n") else "\n") + block
    _, end, after = rest.partition(f"{END}\n")
    if not end:
        raise BlockError(f"The line `{END}` is gone from .env: put it back below our variables.")
    return before + block + after


if __name__ == "__main__":
    sys.exit(main())

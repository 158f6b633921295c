"""The way to a platform, as terraform/README.md tells it to who has none."""

from __future__ import annotations

import re
import shlex

from tests.project import ROOT

TEXT = (ROOT / "terraform/README.md").read_text("utf-8")
_BLOCK = re.compile(r"^## Bring it up$.*?^```$(.*?)^```$", re.DOTALL | re.MULTILINE)
_OWN = ("-var-file=", "-C")
"""What a test has otherwise: variables of its own, and another folder."""


def steps() -> list[str]:
    """The lines that bring the platform up, in their order."""
    [block] = _BLOCK.findall(TEXT)
    lines = [shlex.split(line, comments=True) for line in block.splitlines()]
    return [
        " ".join(word for word in line if not word.startswith(_OWN) and word != "..")
        for line in lines
        if line and line[0] in ("terraform", "make")
    ]

"""What Meltano and its plugins say on the console, read for the one line that explains."""

from __future__ import annotations

import re
from collections.abc import Sequence

KEPT_LINES = 400
"""Enough to hold a plugin's own sentence and the traceback that may follow it."""

_MELTANO = "meltano"
_LOGGED = re.compile(r"^\S+Z \[(?P<level>\w+) *\] (?P<who>\S+) +(?P<what>.*\S)")
_OUTCOME = re.compile(r"\] meltano +(?:Block run|Run) completed")
_EXIT_STATUS = re.compile(r"Block run completed.* exit_codes=\{.*'loaders'>: (\d+)")
_EXCEPTION = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Exit)\b.*: .*\S")
_DBT_CLOCK = re.compile(r"^\d\d:\d\d:\d\d +")
_DBT_FAULT = re.compile(r"^(\w[\w ]* in \w+ .+\))\n(.+)$", re.MULTILINE)
_FAULTS = ("critical", "error")


def reason(lines: Sequence[str]) -> str:
    """Pick the line that explains: a plugin's own, else an exception, Meltano's, the last.

    Args:
        lines: What was said last, in order.
    """
    told = [line.strip() for line in lines if line.strip() and not _OUTCOME.search(line)]
    logged = [found for found in map(_LOGGED.match, told) if found]
    faults = [found for found in logged if found["level"] in _FAULTS]
    of_plugins = [
        f"{found['who']}: {found['what']}" for found in faults if found["who"] != _MELTANO
    ]
    # an exception nobody foresaw comes bare, or as what a plugin wrote to its stderr
    bare = [found["what"] if (found := _LOGGED.match(line)) else line for line in told]
    exceptions = [line for line in bare if _EXCEPTION.match(line)]
    # of Meltano's own words the first say the cause, the others what came of it
    of_meltano = [found["what"] for found in reversed(faults) if found["who"] == _MELTANO]
    last = _of_dbt(bare) or bare or ["Meltano said nothing."]
    return next(words[-1] for words in (of_plugins, exceptions, of_meltano, last) if words)


def loader_status(lines: Sequence[str]) -> int:
    """Give the exit status of the loader that failed, which Meltano itself does not end with.

    Args:
        lines: What was said last, in order.

    Returns:
        Its exit status; 0 if no loader failed.
    """
    told = [found for found in map(_EXIT_STATUS.search, lines) if found]
    return int(told[-1][1]) if told else 0


def _of_dbt(lines: Sequence[str]) -> list[str]:
    """Pick what dbt failed at; it logs that like all else, and what it says of it below."""
    told = "\n".join(line[found.end() :] for line in lines if (found := _DBT_CLOCK.match(line)))
    return [": ".join(each) for each in _DBT_FAULT.findall(told)]

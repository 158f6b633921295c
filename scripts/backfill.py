"""`make backfill`: read a span of days anew, chunk by chunk, and leave the daily bookmark alone.

Each chunk is one `meltano run` with a state of its own, and that state says whether the chunk is
done: so a back-fill that was stopped, however that was, goes on when the same is typed again.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from backfill_plan import Backfill
from backfill_run import BackfillError, BackfillRun
from chunks import EXTRACTOR, LOADER, SpanError, cut
from interruption import Interrupted, raise_interruptions
from lock_file import held
from meltano_process import MELTANO
from meltano_state import PipelineStates, StateError

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "output" / "backfill"


def main() -> int:
    """Run the back-fill.

    Returns:
        The exit status: 0 when all is read, 1 when that failed or makes no sense, 128 and the
        signal's number when interrupted.
    """
    raise_interruptions()
    typed = _parse()
    # without AGAIN, which would begin anew
    options = f"STEP={typed.step}{' DBT=0' if typed.no_dbt else ''}"
    same = f"`make backfill FROM={typed.first} TO={typed.until} {options}`"
    try:
        today = datetime.now(timezone.utc).date()
        chunks = cut(typed.first, typed.until, typed.step, today)
        states = PipelineStates.find(ROOT, EXTRACTOR, LOADER)
        backfill = Backfill(chunks, states, with_warehouse=not typed.no_dbt)
        if typed.dry_run:
            _show(backfill, again=typed.again)
            return 0
        with held(LOGS / "lock", _tell_waiting) as lock:
            if typed.again:
                backfill.forget()
            BackfillRun(backfill, ROOT, LOGS, lock).read_all()
    except (SpanError, StateError) as fault:
        return _fail(f"{fault}")
    except BackfillError as fault:
        return _fail(f"{fault}\nWhat was read before stays; once this is mended, {same} goes on.")
    except OSError as fault:
        return _fail(
            f"{fault.filename or LOGS} cannot be used ({fault.strerror}): make room on the disk, "
            f"or make the folder writable, and {same} goes on."
        )
    except Interrupted as interruption:
        _fail(f"interrupted; what it had started is stopped. {same} goes on with it.")
        return interruption.status
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", default="", help="first day that is read")
    parser.add_argument("--to", dest="until", default="", help="first day that is not")
    parser.add_argument("--step", default="month", help="how long a chunk is at most")
    parser.add_argument("--dry-run", action="store_true", help="show what would be run")
    parser.add_argument("--again", action="store_true", help="read also what is done already")
    parser.add_argument("--no-dbt", action="store_true", help="leave the warehouse as it is")
    return parser.parse_args()


def _show(backfill: Backfill, *, again: bool) -> None:
    """List the chunks and the commands; change nothing."""
    print(f"This would run, in environment {backfill.states.environment}:")
    for number, chunk in enumerate(backfill.chunks, 1):
        if not again and backfill.is_done(chunk):
            print(f"{backfill.label(number)}  done already")
        else:
            print(backfill.label(number))
            print(_command(chunk.settings, backfill.words_for(chunk)))
    if backfill.with_warehouse:
        print("  the warehouse")
        print(_command({}, backfill.words_for_warehouse))


def _command(settings: Mapping[str, str], words: Sequence[str]) -> str:
    variables = [f"{name}={value}" for name, value in settings.items()]
    return f"    {shlex.join([*variables, f'.venv/bin/{MELTANO}', *words])}"


def _tell_waiting() -> None:
    print("Another back-fill is under way in this folder: waiting for its end ...", flush=True)


def _fail(sentence: str) -> int:
    print(f"\nbackfill: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

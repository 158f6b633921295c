"""Runs a Python command, and ends it by a signal just before its n-th effect on the outside world.

    python killed_at.py path/to/target-s3 --config config.json

An effect is whatever another process could notice, or would miss: a file opened for writing,
renamed or removed, a folder made, half of a metadata file written, a commit of the catalog, a
message read, a line written to stdout. Effects are counted from 1. `CHAOS_AT` says at which to end,
`CHAOS_SIGNAL` by what (KILL by default), `CHAOS_WHOM` whom if not itself (`parent`). `CHAOS_STOP`
says at which to stop until SIGCONT comes, by its number or by what it is called. `CHAOS_TRACE`
names a file that gets a line for each effect.

It runs in the process it ends, so it stands by itself: nothing of this folder is imported.
"""

from __future__ import annotations

import io
import os
import re
import runpy
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
from pyiceberg.io import pyarrow as iceberg_files
from pyiceberg.table.update import SetSnapshotRefUpdate

from target_s3.iceberg.local_catalog import LocalCatalog

if TYPE_CHECKING:
    from typing_extensions import Buffer, Self

AUDITED = frozenset({"os.rename", "os.remove", "os.rmdir", "os.link", "os.truncate"})
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
WRITING_SQL = ("insert", "update", "delete", "create", "drop", "alter")


class Effects:
    """Counts effects, and ends the process at the one that was asked for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._at = int(environment.get("CHAOS_AT") or 0)
        self._stop = environment.get("CHAOS_STOP")
        self._signum = signal.Signals[f"SIG{environment.get('CHAOS_SIGNAL') or 'KILL'}"]
        self._victim = os.getppid() if environment.get("CHAOS_WHOM") == "parent" else os.getpid()
        trace = environment.get("CHAOS_TRACE")
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) if trace else None
        self._count = 0

    def happens(self, name: str) -> None:
        """Something is about to be done, or has just been done."""
        self._count += 1
        if self._trace is not None:
            os.write(self._trace, f"{name}\n".encode())
        if self._stop in {name, str(self._count)}:
            self._stop = None
            os.kill(os.getpid(), signal.SIGSTOP)
        if self._count == self._at:
            os.kill(self._victim, self._signum)

    def around(self, owner: Any, name: str, label: Callable[..., str]) -> None:
        """Count a function of a module or class: once before each call and once after."""
        real = getattr(owner, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            said = label(*args)
            self.happens(f"before {said}")
            result = real(*args, **kwargs)
            self.happens(f"after {said}")
            return result

        setattr(owner, name, counted)

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """What Python itself does to files."""
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & WRITING and _is_file(path):
                self.happens(f"open {_short(path)}")
        elif event == "os.mkdir":
            # Python tries the innermost of several first
            folder = Path(_text(args[0]))
            if folder.parent.exists() and not folder.exists():
                self.happens(f"mkdir {_short(args[0])}")
        elif event in AUDITED:
            made = event in {"os.rename", "os.link"}
            self.happens(f"{event} {_short(args[1] if made else args[0])}")


class CountedInput(io.BufferedReader):
    """Standard input; each line that is asked for counts."""

    def __init__(self, effects: Effects) -> None:
        super().__init__(io.FileIO(0, closefd=False))
        self._effects = effects

    def __next__(self) -> bytes:
        self._effects.happens("read a line")
        return super().__next__()

    def readline(self, size: int | None = -1, /) -> bytes:
        self._effects.happens("read a line")
        return super().readline(size)


class CountedOutput(io.BufferedWriter):
    """Standard output; each write counts before it, and each flush of something before and after.

    What was written and not flushed is lost to a kill, as it is without us.
    """

    def __init__(self, effects: Effects) -> None:
        super().__init__(io.FileIO(1, "w", closefd=False))
        self._effects = effects
        self._pending = False

    def write(self, content: Buffer, /) -> int:
        self._effects.happens("before a write to stdout")
        self._pending = True
        return super().write(content)

    def flush(self) -> None:
        if self._pending:
            self._pending = False
            self._effects.happens("before stdout is flushed")
            super().flush()
            self._effects.happens("after stdout is flushed")


class Delegate:
    """An object that counts some of its calls and is otherwise what it stands for."""

    def __init__(self, real: Any, effects: Effects) -> None:
        self._real = real
        self._effects = effects

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class CountedStream(Delegate):
    """A metadata file while pyiceberg writes it."""

    _begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, content: bytes) -> Any:
        if self._begun or len(content) < len("ab"):
            return self._real.write(content)
        self._begun = True
        half = len(content) // 2
        self._effects.happens("a metadata file is made")
        self._real.write(content[:half])
        self._effects.happens("half a metadata file is written")
        return self._real.write(content[half:])

    def close(self) -> None:
        self._effects.happens("before a metadata file is closed")
        self._real.close()
        self._effects.happens("after a metadata file is closed")


class CountedDuckDB(Delegate):
    """DuckDB; its COPY writes data files."""

    def execute(self, query: str, *args: Any) -> Any:
        if not query.lstrip().startswith("copy"):
            return self._real.execute(query, *args)
        self._effects.happens("before DuckDB writes data files")
        result = self._real.execute(query, *args)
        self._effects.happens("after DuckDB writes data files")
        return result


def _is_file(path: object) -> bool:
    return not isinstance(path, int) and not _text(path).startswith(("/dev/", "/proc/"))


def _short(path: object) -> str:
    return UUID.sub("…", "/".join(_text(path).split("/")[-2:]))


def _text(path: object) -> str:
    return os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""


def _commit(_: object, table: Any, requirements: object, updates: tuple[object, ...]) -> str:
    """Which of a table's references are set, or that something else is changed."""
    del requirements
    names = [update.ref_name for update in updates if isinstance(update, SetSnapshotRefUpdate)]
    return f"{'.'.join(table.name()[-2:])} has {' and '.join(names) or 'another form'}"


def _counted_catalog(effects: Effects) -> Callable[..., sqlite3.Connection]:
    """SQLite, which holds a local lake's catalog."""

    class Counted(sqlite3.Connection):
        def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            self._is_about_to(sql)
            return super().execute(sql, *rest)

        def executemany(self, sql: str, *rest: Any) -> sqlite3.Cursor:
            self._is_about_to(sql)
            return super().executemany(sql, *rest)

        def __exit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            trace: TracebackType | None,
        ) -> Any:
            if not self.in_transaction:
                return super().__exit__(kind, error, trace)
            effects.happens("before the catalog commits")
            ended = super().__exit__(kind, error, trace)
            effects.happens("after the catalog commits")
            return ended

        def _is_about_to(self, sql: str) -> None:
            if sql.lstrip().lower().startswith(WRITING_SQL):
                effects.happens(f"SQL {' '.join(sql.split()[:3])}")

    connect = sqlite3.connect
    return lambda *args, **kwargs: connect(*args, factory=Counted, **kwargs)


def _wrapped(make: Callable[..., Any], wrapper: type[Delegate], effects: Effects) -> Any:
    def counted(*args: Any, **kwargs: Any) -> Any:
        return wrapper(make(*args, **kwargs), effects)

    return counted


def watch_libraries(effects: Effects) -> None:
    """What the libraries of target-s3 do without telling Python."""
    duckdb.connect = _wrapped(duckdb.connect, CountedDuckDB, effects)
    files = iceberg_files.PyArrowFile
    files.create = _wrapped(files.create, CountedStream, effects)  # type: ignore[method-assign]
    effects.around(iceberg_files.PyArrowFileIO, "delete", lambda *_: "a file is removed")
    effects.around(pq.ParquetWriter, "write_table", lambda *_: "rows are staged")
    effects.around(pq.ParquetWriter, "close", lambda *_: "a staged file is closed")
    sqlite3.connect = _counted_catalog(effects)  # type: ignore[assignment]  # its overloads
    effects.around(LocalCatalog, "commit_table", _commit)
    glue = sys.modules.get("pyiceberg.catalog.glue")
    if glue is not None:  # its import takes its time
        effects.around(glue.GlueCatalog, "commit_table", _commit)


def run(command: list[str], environment: Mapping[str, str]) -> None:
    """Run a command in this process, watched; returns or exits as the command does."""
    sys.dont_write_bytecode = True
    # pyiceberg writes manifests in threads: one, so that effects have an order
    os.environ["PYICEBERG_MAX_WORKERS"] = "1"
    effects = Effects(environment)
    sys.argv = command
    watch_libraries(effects)
    sys.stdin = io.TextIOWrapper(CountedInput(effects), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(CountedOutput(effects), encoding="utf-8")
    sys.addaudithook(effects.audit)
    runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file is no place to import from
    run(sys.argv[1:], os.environ)

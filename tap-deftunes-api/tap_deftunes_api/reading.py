"""Reading windows from the API: fetched ahead, turned into records, handed over in order."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from tap_deftunes_api.client import Connection
from tap_deftunes_api.prefetch import prefetch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from datetime import datetime

    from tap_deftunes_api.records import Records
    from tap_deftunes_api.settings import Settings
    from tap_deftunes_api.windows import Window


@dataclass(frozen=True)
class Answer:
    """A complete window: what the API said about it."""

    window: Window
    asked_at: datetime
    """When its request was sent: the API may have learnt more since."""
    records: Records


def read_windows(
    settings: Settings,
    path: str,
    convert: Callable[[list[Any], Window], Records],
    windows: Iterable[Window],
    clock: Callable[[], datetime],
    *,
    as_spelled: bool = False,
) -> Generator[Answer, None, None]:
    """Read windows from an endpoint over `max_connections` kept-alive connections.

    Close the generator to let its threads end; a retry they wait for is given up then.

    Args:
        settings: Where to connect, and how.
        path: The endpoint below `api_url`.
        convert: Turns a window's rows into records.
        windows: What to ask for.
        clock: Tells the time.
        as_spelled: Whether `convert` wants rows as they are spelled; see `answers.rows_of`.

    Yields:
        One answer per window, in the order of the windows.

    Raises:
        TapError: A window cannot be read; those before it have been yielded.
    """
    stop = Event()
    # Python computes in one thread at a time: taking turns, none has its data pushed out of the
    # processor's cache by the others.
    turn = Lock()

    def read(connection: Connection, window: Window) -> Answer:
        asked_at = clock()
        rows = connection.fetch(path, window)
        with turn:
            if stop.is_set():
                raise InterruptedError("nobody waits for this window any more")
            return Answer(window, asked_at, convert(rows, window))

    @contextmanager
    def open_worker() -> Iterator[Callable[[Window], Answer]]:
        with Connection(settings, stop, as_spelled=as_spelled) as connection:
            yield lambda window: read(connection, window)

    with closing(prefetch(open_worker, windows, settings.max_connections)) as answers:
        try:
            yield from answers
        finally:
            stop.set()
            # a process that ends while one of its threads is within Arrow is aborted
            with turn:
                pass

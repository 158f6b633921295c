"""Work ahead in threads, results in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from contextlib import AbstractContextManager

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(
    open_worker: Callable[[], AbstractContextManager[Callable[[Item], Result]]],
    items: Iterable[Item],
    ahead: int,
) -> Generator[Result, None, None]:
    """Do the work for `items` in threads, and yield the results in the order of the items.

    An error of the work is raised in its item's place, after the results before it.

    The threads are daemons, unlike those of a `ThreadPoolExecutor`: a process that is told to stop
    does not wait for a request to time out. Close the iterator to let them end.

    Args:
        open_worker: Called once per thread, for what the thread enters, works with, and leaves.
        items: What to work on.
        ahead: How many threads there are, and how many results are in the making or waiting at
            most while one is used.

    Yields:
        One result per item.
    """
    waiting = iter(items)
    jobs: SimpleQueue[tuple[Item, Future[Result]] | None] = SimpleQueue()
    results: deque[Future[Result]] = deque()

    def order(item: Item) -> None:
        future: Future[Result] = Future()
        results.append(future)
        jobs.put((item, future))

    for item in islice(waiting, ahead):
        order(item)
    workers = [open_worker() for _ in results]
    for worker in workers:
        Thread(target=_work, args=(worker, jobs), daemon=True).start()
    try:
        while results:
            result = results.popleft().result()
            for item in islice(waiting, 1):
                order(item)
            yield result
    finally:
        with suppress(Empty):
            while True:
                jobs.get_nowait()
        for _ in workers:
            jobs.put(None)


def _work(
    worker: AbstractContextManager[Callable[[Item], Result]],
    jobs: SimpleQueue[tuple[Item, Future[Result]] | None],
) -> None:
    with worker as work:
        while (job := jobs.get()) is not None:
            item, future = job
            try:
                future.set_result(work(item))
            except BaseException as error:  # noqa: BLE001 - handed over: raised where it is awaited
                future.set_exception(error)

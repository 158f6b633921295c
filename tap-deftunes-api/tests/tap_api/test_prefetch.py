from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tap_deftunes_api.prefetch import prefetch


def test_no_more_than_so_many_are_worked_on_ahead_of_the_one_in_use() -> None:
    started: list[int] = []

    @contextmanager
    def open_worker() -> Iterator[Callable[[int], int]]:
        def work(item: int) -> int:
            started.append(item)
            return item * item

        yield work

    for used, result in enumerate(prefetch(open_worker, range(50), ahead=3)):
        assert result == used * used
        assert len(started) <= used + 1 + 3
    assert sorted(started) == list(range(50))


def test_an_error_comes_in_its_place_and_every_worker_ends() -> None:
    open_workers = threading.Semaphore(0)

    @contextmanager
    def open_worker() -> Iterator[Callable[[int], int]]:
        def work(item: int) -> int:
            return 60 // (3 - item)

        try:
            yield work
        finally:
            open_workers.release()

    results: list[int] = []
    with pytest.raises(ZeroDivisionError):
        results.extend(prefetch(open_worker, range(50), ahead=4))
    assert results == [20, 30, 60]
    assert all(open_workers.acquire(timeout=10) for _ in range(4))


def test_a_consumer_that_goes_away_ends_the_workers() -> None:
    ended = threading.Semaphore(0)

    @contextmanager
    def open_worker() -> Iterator[Callable[[int], int]]:
        try:
            yield abs
        finally:
            ended.release()

    results = prefetch(open_worker, range(50), ahead=2)
    assert next(results) == 0
    results.close()
    assert all(ended.acquire(timeout=10) for _ in range(2))

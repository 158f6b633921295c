from __future__ import annotations

import signal
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from .api import PurchaseApi


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[PurchaseApi]:
    """A purchase API without rows, running in a thread."""
    with PurchaseApi(tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Give the signals back that a tap in this process takes over."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def api() -> Iterator[PurchaseApi]:
    """A running purchase API without rows."""
    with running() as server:
        yield server


@pytest.fixture
def config(api: PurchaseApi) -> dict[str, Any]:
    """Four months of history, read from `api`."""
    return {"api_url": api.url, "start_date": "2020-01-01", "end_date": "2020-04-30"}

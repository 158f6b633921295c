"""Who is told of a failure, and that telling never hides it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

Modules = Callable[[str], ModuleType]
TASK = SimpleNamespace(
    dag_id="songs_dag", task_id="rds_extract_job", run_id="scheduled__1", try_number=4, log_url="u"
)


@contextmanager
def receiver(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook on this machine: its URL, and what it was sent."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            assert self.headers["Content-Type"] == "application/json"
            received.append(json.loads(self.rfile.read(length)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/a-token", received
        finally:
            server.shutdown()
            thread.join()


def test_a_failure_is_told_with_its_reason_and_where_its_log_is(
    module: Modules, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as (url, received):
        monkeypatch.setenv("DEFTUNES_ALERT_WEBHOOK", url)
        module("alerts").tell_failure({"ti": TASK, "exception": ValueError("rows fail.")})
    assert received == [
        {
            "text": "songs_dag: rds_extract_job failed. rows fail.",
            "dag_id": "songs_dag",
            "task_id": "rds_extract_job",
            "run_id": "scheduled__1",
            "try_number": 4,
            "reason": "rows fail.",
            "log_url": "u",
        }
    ]


def test_a_killed_task_is_told_as_such(module: Modules, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as (url, received):
        monkeypatch.setenv("DEFTUNES_ALERT_WEBHOOK", url)
        module("alerts").tell_failure({"ti": TASK})
    (alert,) = received
    assert alert["text"].endswith("it ended without a word; it may have been killed")


RUN = {
    "dag": SimpleNamespace(dag_id="songs_dag", dagrun_timeout=dt.timedelta(hours=8)),
    "run_id": "scheduled__1",
}
NEXT = "See what it waited for, then clear the tasks that did not succeed."


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("timed_out", "It took more than 8 hours, so what had not ended was given up."),
        ("all_tasks_deadlocked", "What is left of it waits for what never comes."),
        ("moonshine", "Airflow says moonshine."),
    ],
)
def test_a_run_that_fails_without_a_task_is_told(
    module: Modules, monkeypatch: pytest.MonkeyPatch, reason: str, why: str
) -> None:
    with receiver() as (url, received):
        monkeypatch.setenv("DEFTUNES_ALERT_WEBHOOK", url)
        module("alerts").tell_run_failure({**RUN, "reason": reason})
    assert received == [
        {
            "text": f"songs_dag: the run scheduled__1 failed. {why} {NEXT}",
            "dag_id": "songs_dag",
            "run_id": "scheduled__1",
            "reason": reason,
        }
    ]


def test_a_run_that_fails_by_a_task_is_told_by_the_task_alone(
    module: Modules, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as (url, received):
        monkeypatch.setenv("DEFTUNES_ALERT_WEBHOOK", url)
        module("alerts").tell_run_failure({**RUN, "reason": "task_failure"})
    assert received == []


def test_without_a_webhook_nobody_is_told(module: Modules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEFTUNES_ALERT_WEBHOOK", raising=False)
    assert module("alerts").send("something") is False


def test_a_webhook_that_refuses_is_in_the_log_without_its_token(
    module: Modules, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver(status=500) as (url, received):
        monkeypatch.setenv("DEFTUNES_ALERT_WEBHOOK", url)
        with caplog.at_level(logging.ERROR):
            assert module("alerts").send("something") is False
    assert received == [{"text": "something"}]
    assert "DEFTUNES_ALERT_WEBHOOK did not take the alert: HTTP Error 500" in caplog.text
    assert "a-token" not in caplog.text

"""The setting `auth_token`: it opens the API, and is told to nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .api import PurchaseApi
from .rows import session, user
from .run import Run, run, sync

Config = dict[str, Any]

TOKEN = "s3cret-t0ken"


@pytest.fixture
def guarded(api: PurchaseApi) -> PurchaseApi:
    """An API that answers only those who have the token."""
    api.rows = {
        "/users": [user("2020-01-05T10:00:00", "u")],
        "/sessions": [session("2020-02-05T10:00:00", "s")],
    }
    api.token = TOKEN
    return api


def test_with_the_token_everything_is_read(guarded: PurchaseApi, config: Config) -> None:
    done = sync(config | {"auth_token": TOKEN})
    assert done.error == ""
    assert (done.ids("users", "user_id"), done.ids()) == (["u"], ["s"])
    assert len(guarded.asked) == 8


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("", 401), ("another", 403)])
def test_without_the_right_token_the_first_refusal_is_told_and_nothing_is_written(
    guarded: PurchaseApi, config: Config, token: str | None, status: int
) -> None:
    done = sync(config | {"auth_token": token, "max_connections": 1})
    assert done.error == (
        f"GET {guarded.url}/sessions for 2020-01-01..2020-01-31 was refused with HTTP {status}. "
        "Check auth_token, then run again: it goes on after the last complete window."
    )
    assert len(guarded.asked) == 1
    assert [message["type"] for message in done.messages] == ["SCHEMA"] * 2


@pytest.mark.parametrize(
    "token", [TOKEN + "\n", f"{TOKEN}\r\nX: y", f" {TOKEN}", TOKEN + "€", "\t"]
)
def test_a_token_that_cannot_be_sent_is_refused_at_once_and_not_shown(
    guarded: PurchaseApi, config: Config, token: str
) -> None:
    done = sync(config | {"auth_token": token})
    assert done.error.startswith("auth_token cannot be sent in a header")
    assert TOKEN not in done.error
    assert (done.messages, guarded.asked) == ([], [])


def told(done: Run) -> str:
    return done.error + json.dumps(done.messages, default=str)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "given", "status"),
    [(TOKEN, TOKEN, 0), ("another", TOKEN, 1), (TOKEN, f"{TOKEN}\n", 1)],
    ids=["right", "wrong", "with a line break"],
)
def test_the_token_is_in_no_log_error_or_message_even_at_debug(
    guarded: PurchaseApi, config: Config, tmp_path: Path, wanted: str, given: str, status: int
) -> None:
    guarded.token = wanted
    done = run(tmp_path, config | {"auth_token": given}, LOGLEVEL="DEBUG")
    assert done.status == status
    assert len(done.states) == (8 if status == 0 else 0)
    assert TOKEN not in told(done)
    assert "Traceback" not in done.error

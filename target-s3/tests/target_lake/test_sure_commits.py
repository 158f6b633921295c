"""A commit that took place is never taken for one that did not, whatever the catalog says."""

from __future__ import annotations

from typing import Any

import pytest
from pyiceberg.exceptions import CommitFailedException

from columnar_target.errors import StorageError
from target_s3.iceberg.local_catalog import LocalCatalog

from .lakes import Lake, record, schema, state

EVENTS = schema("events", {"n": {"type": "integer"}}, keys=())


@pytest.mark.parametrize("fault", [CommitFailedException("conflict"), OSError("no answer")])
def test_rows_without_keys_are_there_once_and_their_files_stay(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    lake.load(EVENTS, record("events", n=1))
    with lake.table("events").transaction() as transaction:
        transaction.set_properties({"commit.retry.num-retries": "0"})
    real = LocalCatalog.commit_table

    def deaf(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(LocalCatalog, "commit_table", deaf)
        lake.load(EVENTS, record("events", n=2))
    assert lake.rows("events") == [{"n": 1}, {"n": 2}]


def test_what_cannot_be_looked_up_is_told_and_no_file_is_removed(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.load(EVENTS, record("events", n=1))
    real = LocalCatalog.commit_table

    def deaf_and_blind(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        monkeypatch.setattr(LocalCatalog, "load_table", unreachable)
        raise CommitFailedException("conflict")

    def unreachable(*_: Any) -> None:
        raise OSError("no answer")

    capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr(LocalCatalog, "commit_table", deaf_and_blind)
        with pytest.raises(StorageError, match="could not be found out"):
            lake.load(EVENTS, record("events", n=2), state(events=2))
    monkeypatch.undo()
    assert capsys.readouterr().out == ""
    assert lake.rows("events") == [{"n": 1}, {"n": 2}]


def test_a_commit_that_did_not_take_place_stays_a_failure(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.load(EVENTS, record("events", n=1))

    def refusing(*_: Any, **__: Any) -> None:
        raise OSError("refused before anything was done")

    with monkeypatch.context() as patch:
        patch.setattr(LocalCatalog, "commit_table", refusing)
        with pytest.raises(StorageError, match="refused before anything was done"):
            lake.load(EVENTS, record("events", n=2))
    assert lake.rows("events") == [{"n": 1}]

"""What the world does to a load is told in one sentence: no traceback, no secret, no value."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from columnar_target.errors import TargetError
from columnar_target.storage import patience
from target_redshift import attempts
from target_redshift.target import TargetRedshift
from target_redshift.warehouse import connection

from .between import Strike, between
from .others import holding
from .warehouses import BUCKET, Warehouse

pytestmark = [
    pytest.mark.slow,
    # redshift_connector leaves the socket of a login that failed to the collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    # and asks for TLS as Python asked for it long ago
    pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning"),
]

COMMAND = Path(sys.executable).with_name("target-redshift")
SECRET = "never-to-be-told"
VALUE = "Very Personal"
PEOPLE = [
    {
        "type": "SCHEMA",
        "stream": "people",
        "key_properties": ["id"],
        "schema": {"properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
    },
    {"type": "RECORD", "stream": "people", "record": {"id": 1, "name": VALUE}},
    {"type": "STATE", "value": {"at": 1}},
]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(patience, "ATTEMPTS", 1)


def refusal(warehouse: Warehouse, **settings: Any) -> str:
    """The sentence that ends a load."""
    with pytest.raises(TargetError) as told:
        warehouse.load(*PEOPLE, **settings)
    sentence = str(told.value)
    assert "\n" not in sentence
    assert VALUE not in sentence
    assert SECRET not in sentence
    assert "no state is written" in sentence or "run again" in sentence
    return sentence


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """A server that lets everybody in and says nothing; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"password": SECRET}, 'password authentication failed for user "awsuser"'),
        ({"user": "nobody"}, "nobody"),
        ({"database": "none"}, 'database "none" does not exist'),
        ({"host": "no-such-host.invalid"}, "communication error: "),
        ({"port": 9}, "communication error: Connection refused"),
        ({"sslmode": "verify-full"}, "Server refuses SSL"),
    ],
)
def test_a_login_that_fails_says_why(
    warehouse: Warehouse, settings: dict[str, Any], words: str
) -> None:
    sentence = refusal(warehouse, **settings)
    assert sentence.startswith("Could not log in to ")
    assert words in sentence
    assert "see that host, port, database and login are right" in sentence


def test_a_host_that_says_nothing_is_waited_for_so_long_and_no_longer(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOGIN_SECONDS", 1)
    with silent() as port:
        assert "timed out" in refusal(warehouse, port=port)


def test_a_statement_may_take_longer_than_a_login(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.load(*PEOPLE)
    monkeypatch.setattr(connection, "LOGIN_SECONDS", 1)
    opened = connection.connect(_login(warehouse))
    assert opened._usock.gettimeout() is None
    assert opened._usock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert opened._usock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
    opened.close()


def test_what_answers_and_is_no_warehouse_is_told(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOGIN_SECONDS", 1)
    port = int(os.environ["AWS_ENDPOINT_URL"].rpartition(":")[2])
    assert refusal(warehouse, port=port).startswith("Could not log in to ")


@pytest.mark.parametrize(
    ("statement", "fields", "words"),
    [
        ("create schema", {"C": "42501", "M": "permission denied for database dev"},
         "Could not create schema {} in 127.0.0.1/dev (permission denied for database dev)"),
        ("create table", {"C": "42501", "M": "permission denied for schema shop"},
         ("Could not create table {}.target_redshift_loads in 127.0.0.1/dev (permission denied for "
         "schema shop)")),
        ("insert into", {"C": "XX000", "M": "Disk Full", "D": "\n  error:  Disk Full\n"},
         "Could not load into table {}.people in 127.0.0.1/dev (Disk Full)"),
        ("insert into", {"C": "22P02", "M": f'invalid input syntax: "{VALUE}"'},
         "(a value does not fit, SQLSTATE 22P02)"),
        ("copy", {"C": "XX000", "M": ("User arn:aws:redshift:::dbuser:c/awsuser is not authorized "
                  "to assume IAM Role arn:aws:iam::123456789012:role/loader")},
         "is not authorized to assume IAM Role arn:aws:iam::123456789012:role/loader"),
        pytest.param("copy", {"C": "XX000", "M": "S3ServiceException:Access Denied"},
         "Could not copy rows for table {}.people in 127.0.0.1/dev (S3ServiceException:Access",
         marks=pytest.mark.heavy),
        pytest.param("copy", {"C": "XX000", "M": (
            "S3ServiceException:The S3 bucket addressed by the query is in a different region "
            "from this cluster.,Status 301,Error PermanentRedirect")},
         "is in a different region from this cluster",
         marks=pytest.mark.heavy),
        ("copy", {"C": "XX000", "M": "Spectrum Scan Error", "D": "\n  code: 15001\n  context:   "
                  f"Value '{VALUE}' of column is too long. Table: 4, Data: 13\n  query: 7\n"},
         "(Spectrum Scan Error: Value '…' of column is too long. Table: 4, Data: 13)"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_was_refused(
    warehouse: Warehouse, statement: str, fields: dict[str, str], words: str
) -> None:
    with between(warehouse, Strike(statement, "refuse", fields)) as port:
        sentence = refusal(warehouse, port=port)
    assert words.replace("{}", warehouse.schema) in sentence
    assert warehouse.staged() == []


def test_a_staging_file_that_has_vanished_is_told(warehouse: Warehouse) -> None:
    def vanish() -> None:
        for key in warehouse.staged():
            if key.endswith(".parquet"):
                boto3.client("s3").delete_object(Bucket=BUCKET, Key=key)

    with between(warehouse, Strike("copy", meanwhile=vanish)) as port:
        assert "Could not copy rows for table" in refusal(warehouse, port=port)


def entry(warehouse: Warehouse) -> None:
    """Note what was wrong with a row, as a COPY of a cluster does."""
    (key,) = (key for key in warehouse.staged() if key.endswith(".parquet"))
    with holding(
        warehouse,
        "insert into rs_catalog.load_errors (tbl, session, query, filename, line_number, colname, "
        f"type, col_length, err_code, err_reason) values (1, 1, 1, 's3://{BUCKET}/{key}', 7, 'c2', "
        f"'varchar', '4', 1204, 'Value ''{VALUE}'' is too long')",
    ):
        pass


NO_ROW = {"C": "XX000", "M": "Load into table 'c' failed.  Check sys_load_error_detail."}


def test_a_row_that_copy_does_not_take_is_told_with_its_column_and_reason(
    warehouse: Warehouse,
) -> None:
    with between(
        warehouse, Strike("copy", "refuse", NO_ROW, meanwhile=lambda: entry(warehouse))
    ) as port:
        assert refusal(warehouse, port=port) == (
            f"Could not copy rows for table {warehouse.schema}.people: column 'name' (varchar(4)) "
            "of row 7 that was sent: Value '…' is too long (error 1204). Nothing of this load is "
            "there, and no state is written: correct it at the source, and run again."
        )


def test_without_a_right_to_read_what_copy_noted_its_own_words_are_told(
    warehouse: Warehouse,
) -> None:
    denied = {"C": "42501", "M": "permission denied for relation sys_load_error_detail"}
    with between(
        warehouse,
        Strike("copy", "refuse", NO_ROW),
        Strike("select column_name, column_type", "refuse", denied),
    ) as port:
        assert "(Load into table 'c' failed.  Check sys_load" in refusal(warehouse, port=port)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"staging_url": "s3://no-such-bucket/x"}, "there is no such bucket"),
        ({"s3_endpoint_url": "http://127.0.0.1:9"}, "no answer comes"),
    ],
)
def test_a_staging_place_that_cannot_be_used_is_told(
    warehouse: Warehouse, settings: dict[str, Any], words: str
) -> None:
    assert words in refusal(warehouse, **settings)
    assert warehouse.ask("select 1 from {}.target_redshift_loads") == []


def test_a_user_reads_one_sentence_and_no_secret(warehouse: Warehouse, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**warehouse.config, "password": SECRET}), encoding="utf-8")
    done = subprocess.run(
        [COMMAND, "--config", config],
        input="".join(f"{json.dumps(message)}\n" for message in PEOPLE),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stderr
    (sentence,) = [line for line in done.stderr.splitlines() if "CRITICAL" in line]
    assert "Could not log in to 127.0.0.1/dev (password authentication failed" in sentence


def _login(warehouse: Warehouse) -> Any:
    return TargetRedshift(config=warehouse.config).load.settings.login

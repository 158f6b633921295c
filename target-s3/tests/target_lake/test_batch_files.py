"""Files of BATCHes: whole or not, wherever they are, each taken once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.singerlib.exceptions import InvalidInputLine

from .lakes import Lake, Message
from .test_batch import orders
from .test_rules import ORDERS, order, prices

pytestmark = pytest.mark.slow

ROWS = orders((1, 1.0, "a"), (2, 2.0, "b"))
PRICES = {1: 1.0, 2: 2.0}


def arrow(rows: pa.Table = ROWS, compression: str | None = None) -> bytes:
    file = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_file(file, rows.schema, options=options) as out:
        out.write_table(rows)
    return file.getvalue()


def stream(rows: pa.Table = ROWS) -> bytes:
    file = io.BytesIO()
    with pa.ipc.new_stream(file, rows.schema) as out:
        out.write_table(rows)
    return file.getvalue()


def parquet(rows: pa.Table = ROWS, **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(rows, file, **options)
    return file.getvalue()


def message(*urls: str, kind: str = "arrow") -> Message:
    encoding = {"format": kind, "compression": "none"}
    return {"type": "BATCH", "stream": "orders", "encoding": encoding, "manifest": list(urls)}


def named(value: Any) -> str:
    """What a case is called: files would make names of bytes."""
    return value if isinstance(value, str) else f"{len(value)} bytes"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A whole file."""
    file = tmp_path / "file"
    file.write_bytes(arrow())
    return file


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("arrow", arrow(compression="lz4")),
        ("arrow", arrow(compression="zstd")),
        ("parquet", parquet(compression="gzip")),
        ("parquet", parquet(data_page_version="2.0", use_dictionary=False)),
        ("arrow", arrow(ROWS.select(["who", "price", "id"]))),
        ("parquet", parquet(ROWS.select(["who", "price", "id"]))),
    ],
    ids=named,
)
def test_a_file_says_itself_how_it_is_compressed_and_ordered(
    lake: Lake, file: Path, kind: str, content: bytes
) -> None:
    file.write_bytes(content)
    lake.load(ORDERS, message(f"file://{file}", kind=kind))
    assert prices(lake) == PRICES


@pytest.mark.parametrize(
    ("kind", "content"),
    [("arrow", arrow(ROWS[:0])), ("parquet", parquet(ROWS[:0])), ("jsonl", b"")],
)
def test_a_file_without_rows_brings_none_and_goes(
    lake: Lake, file: Path, kind: str, content: bytes
) -> None:
    file.write_bytes(content)
    lake.load(ORDERS, order(7), message(f"file://{file}", kind=kind))
    assert prices(lake) == {7: 1.0}
    assert not file.exists()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("arrow", b""),
        ("parquet", b""),
        ("arrow", arrow()[:-20]),
        ("parquet", parquet()[:-20]),
        ("arrow", arrow()[: len(arrow()) // 2]),
        ("parquet", parquet()[: len(parquet()) // 2]),
        ("arrow", parquet()),
        ("parquet", arrow()),
        # nobody could tell whether such a stream was cut off
        ("arrow", stream()),
    ],
    ids=named,
)
def test_a_file_that_is_not_whole_or_of_another_format_is_refused_and_stays(
    lake: Lake, file: Path, kind: str, content: bytes
) -> None:
    file.write_bytes(content)
    with pytest.raises(InvalidInputLine, match=f"cannot be read as {kind}: .* run the tap again"):
        lake.load(ORDERS, order(7), message(f"file://{file}", kind=kind))
    assert file.read_bytes() == content
    assert not lake.landed()


def test_a_page_that_is_damaged_is_refused_before_any_row_is_seen(lake: Lake, file: Path) -> None:
    content = bytearray(parquet(orders(*((n, 1.0, "who" * n) for n in range(99)))))
    content[4:200] = b"\xff" * 196
    file.write_bytes(content)
    with pytest.raises(InvalidInputLine, match="cannot be read as parquet"):
        lake.load(ORDERS, order(7), message(f"file://{file}", kind="parquet"))
    assert not lake.landed()


def test_a_batch_before_its_schema_is_refused(lake: Lake, file: Path) -> None:
    with pytest.raises(RecordsWithoutSchemaException, match="'orders' comes before its SCHEMA"):
        lake.load(message(f"file://{file}"), ORDERS)
    assert file.exists()


@pytest.mark.parametrize("together", [True, False])
def test_a_file_that_is_named_twice_is_refused(lake: Lake, file: Path, together: bool) -> None:
    """The second time it may hold other rows, and the first rows be lost."""
    again = f"file://{file.parent}/../{file.parent.name}/{file.name}"
    urls = [f"file://{file}", again]
    batches = [message(*urls)] if together else [message(url) for url in urls]
    with pytest.raises(InvalidInputLine, match=r"names .* a second time"):
        lake.load(ORDERS, *batches)
    assert file.exists()
    assert not lake.landed()
    # another run is another matter
    lake.load(ORDERS, message(urls[0]))
    assert prices(lake) == PRICES


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("a file", "file://{folder}/a file"),
        ("a file", "file://{folder}/a%20file"),
        ("a%20file", "file://{folder}/a%20file"),
        ("a%20file", "file://{folder}/a%2520file"),
        ("ü+§", "file://{folder}/%C3%BC+%C2%A7"),
        ("file", "file://localhost{folder}/file"),
        # as the SDK has it in its examples: from where the target is started
        ("file", "file://batches/file"),
    ],
)
def test_a_url_is_read_as_taps_write_it(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    folder = tmp_path / "batches"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    (folder / name).write_bytes(arrow())
    lake.load(ORDERS, message(url.format(folder=folder)))
    assert prices(lake) == PRICES
    assert list(folder.iterdir()) == []


def test_a_path_is_no_url(lake: Lake, file: Path) -> None:
    with pytest.raises(InvalidInputLine, match="no list of URLs, such as file:///"):
        lake.load(ORDERS, message(str(file)))


def test_a_place_that_cannot_be_reached_is_one_sentence(lake: Lake) -> None:
    with pytest.raises(InvalidInputLine, match="cannot reach: let the tap write to file:///"):
        lake.load(ORDERS, message("sftp://127.0.0.1/file"))


@pytest.mark.parametrize(
    ("kind", "content"), [("arrow", arrow()), ("parquet", parquet())], ids=named
)
def test_files_on_s3_are_taken_and_removed(
    lake: Lake, bucket: Any, kind: str, content: bytes
) -> None:
    bucket.put_object(Key="batches/file", Body=content)
    url = f"s3://{bucket.name}/batches/file"
    lake.load(ORDERS, message(url, kind=kind))
    assert prices(lake) == PRICES
    # Arrow leaves an empty object for the folder
    assert [each.key for each in bucket.objects.all() if each.size] == []
    with pytest.raises(InvalidInputLine, match=f"cannot be read as {kind}"):
        lake.load(ORDERS, message(url, kind=kind))

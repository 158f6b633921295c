"""Files of any size: what is held of them at once does not grow with them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from columnar_target.singer import batch_rows, sink
from columnar_target.singer.batch_files import BatchFile
from columnar_target.singer.sink import StagingSink

from .lakes import Lake, record
from .test_rules import ORDERS

ROWS, BYTES = 1_000, 64_000
MEGABYTE = 2**20

Write = Callable[[pa.Table, Path], BatchFile]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that a small file is beyond."""
    monkeypatch.setattr(batch_rows, "ROWS", ROWS)
    monkeypatch.setattr(batch_rows, "BYTES", BYTES)


@contextlib.contextmanager
def counted() -> Iterator[pa.MemoryPool]:
    """What Arrow allocates meanwhile."""
    before = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(before)
    pa.set_memory_pool(pool)
    yield pool
    pa.set_memory_pool(before)


def arrow(rows: pa.Table, folder: Path, chunk: int | None = None) -> BatchFile:
    """One record batch, unless the pieces are to be smaller."""
    with pa.ipc.new_file(folder / "file", rows.schema) as out:
        out.write_table(rows.combine_chunks(), max_chunksize=chunk)
    return BatchFile("s", f"file://{folder}/file", "arrow")


def parquet(rows: pa.Table, folder: Path) -> BatchFile:
    """One row group of many pages."""
    pq.write_table(rows, folder / "file", row_group_size=rows.num_rows, write_batch_size=8)
    return BatchFile("s", f"file://{folder}/file", "parquet")


def texts(count: int, length: int) -> pa.Table:
    return pa.table({"n": range(count), "text": [f"{n:0{length}}" for n in range(count)]})


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("write", [arrow, parquet])
@pytest.mark.parametrize(("count", "length"), [(5_001, 8), (700, 500), (5, 100_000)])
def test_large_batches_and_row_groups_come_in_pieces_that_say_the_same(
    tmp_path: Path, write: Write, count: int, length: int
) -> None:
    rows = texts(count, length)
    pieces = list(write(rows, tmp_path).tables())
    assert pa.concat_tables(pieces).equals(rows)
    assert len(pieces) > 1
    for piece in pieces:
        # what was gathered and one more, which by itself is within the bounds
        assert piece.num_rows < 2 * ROWS
        assert piece.nbytes < 2 * max(BYTES, length + 100)


@pytest.mark.usefixtures("small")
def test_small_batches_come_together(tmp_path: Path) -> None:
    rows = texts(4_000, 8)
    pieces = list(arrow(rows, tmp_path, chunk=7).tables())
    assert pa.concat_tables(pieces).equals(rows)
    assert [piece.num_rows // ROWS for piece in pieces[:-1]] == [1] * (len(pieces) - 1)
    assert len(pieces) <= 4


@pytest.mark.usefixtures("small")
def test_a_dictionary_that_all_rows_share_is_no_reason_to_cut_them_apart(tmp_path: Path) -> None:
    words = pa.array([f"{n:0100}" for n in range(900)]).dictionary_encode()
    rows = pa.table({"word": words})
    assert words.dictionary.nbytes > BYTES
    (piece,) = arrow(rows, tmp_path).tables()
    assert piece.equals(rows)


@pytest.mark.slow
@pytest.mark.parametrize(("write", "held"), [(arrow, 1), (parquet, 8)])
def test_one_batch_or_row_group_of_many_megabytes_is_never_held_whole(
    tmp_path: Path, write: Write, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_rows, "BYTES", MEGABYTE)
    rows = texts(400, 100_000)
    assert rows.nbytes > 36 * MEGABYTE
    file = write(rows, tmp_path)
    with counted() as pool:
        assert sum(rows.num_rows for rows in file.tables()) == 400
    assert pool.max_memory() < held * MEGABYTE


def test_json_lines_are_staged_by_their_bytes_however_few_they_are(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = []
    really = StagingSink.process_batch

    def noted(self: StagingSink, context: dict[str, object]) -> None:
        staged.append(self.current_size)
        really(self, context)

    monkeypatch.setattr(StagingSink, "process_batch", noted)
    monkeypatch.setattr(sink, "BATCH_BYTES", 10_000)
    file = lake.folder.parent / "lines"
    orders = [record("orders", id=n, price=1, who="x" * 4_000)["record"] for n in range(7)]
    file.write_text("".join(json.dumps(order) + "\n" for order in orders))
    encoding = {"format": "jsonl", "compression": "none"}
    lake.load(
        ORDERS,
        {"type": "BATCH", "stream": "orders", "encoding": encoding, "manifest": [f"file://{file}"]},
    )
    assert staged == [3, 3, 1]
    assert lake.rows("orders") == orders

"""S3 and Glue fail at the n-th call of a load: it copes, or says so once, and nothing is lost.

Every call of a load is a point. Each fault is tried at one of them, chosen by a seed; with
DEFTUNES_POINTS=8 at eight, with DEFTUNES_POINTS=all at all of them (an hour).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from deftunes_sandbox.aws import EmulatedAws
from target_s3 import patience
from target_s3.errors import StorageError

from .lakes import GlueLake, Message, record, schema, state

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("aws")]

SEED = 3
POINTS = os.environ.get("DEFTUNES_POINTS", "1")
PASSING = (
    "answer=internal;times=1",
    "answer=unavailable;times=1",
    "answer=slow_down;times=1",
    "hang=0.01;times=1",
    "cut=0.5;times=1",
    "answer=internal;applied=1;times=1",
    "hang=0.01;applied=1;times=1",
)
LASTING = (
    "answer=expired",
    "answer=denied",
    "answer=skewed",
    "answer=slow_down",
    "hang=0.01",
    "cut=0.5",
    "answer=internal;applied=1",
)
TEXT = {"type": ["null", "string"]}
AT = {"type": "string", "format": "date-time"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is tried twice: what passes is over by then."""
    monkeypatch.setattr(patience, "ATTEMPTS", 2)


@dataclass
class Ledger:
    """One table over many loads: each updates a row, adds one in another month, and a column.

    Attributes:
        lake: Where the table is.
        stream: Its name.
        step: How many loads there were.
        rows: What the table must hold, by key; nulls are left out.
    """

    lake: GlueLake
    stream: str
    step: int = 0
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)

    def next_messages(self) -> list[Message]:
        """The messages of the next load; `rows` is what must be there after it."""
        self.step += 1
        column = f"c{self.step}"
        month = f"2020-{1 + self.step % 12:02}-01T00:00:00+00:00"
        sent = [
            {"id": 0, "title": f"of load {self.step}", "at": "2020-01-01T00:00:00+00:00"},
            {"id": self.step, "title": "new", "at": month, column: "x"},
        ]
        self.rows = {**self.rows, **{int(str(row["id"])): row for row in sent}}
        properties = {"id": {"type": "integer"}, "title": TEXT, "at": AT, column: TEXT}
        return [
            schema(self.stream, properties),
            *(record(self.stream, **row) for row in sent),
            state({"load": self.step}),
        ]

    def load(self, messages: list[Message]) -> None:
        partitions = {self.stream: {"partition_by": ["month(at)"]}}
        self.lake.load(*messages, streams=partitions)

    def seen(self) -> list[dict[str, Any]]:
        """The table's rows as they are, in the form of `rows`."""
        found = []
        for row in self.lake.rows(self.stream):
            values = {key: value for key, value in row.items() if value is not None}
            assert values.pop("source_from") == self.stream
            found.append({**values, "at": values["at"].isoformat()})
        return sorted(found, key=lambda row: int(row["id"]))

    def expected(self) -> list[dict[str, Any]]:
        return [self.rows[key] for key in sorted(self.rows)]


@dataclass(frozen=True)
class Counts:
    """How many calls loads make: one that makes its table, and one more into it."""

    first: int
    more: int

    def points(self, fault: str) -> list[tuple[bool, int]]:
        """Where a fault strikes: whether the load makes its table, and at which of its calls."""
        points = [(True, number) for number in range(1, self.first + 1)]
        points += [(False, number) for number in range(1, self.more + 1)]
        if POINTS == "all":
            return points
        return random.Random(f"{SEED} {fault}").sample(points, int(POINTS))


@pytest.fixture(scope="module")
def counts(aws: EmulatedAws, tmp_path_factory: pytest.TempPathFactory) -> Counts:
    ledger = Ledger(GlueLake(aws, "counted", tmp_path_factory.mktemp("counted")), "counted")
    numbers = []
    for _ in range(2):
        messages = ledger.next_messages()
        aws.forget_calls()
        ledger.load(messages)
        numbers.append(len(aws.calls()))
    return Counts(*numbers)


def ledgers(lake: GlueLake, points: list[tuple[bool, int]]) -> Iterator[tuple[Ledger, int]]:
    """A table for each point: none yet where the load makes it, else one and the same."""
    grown = Ledger(lake, "grown")
    for is_first, number in points:
        if not (is_first or grown.step):
            grown.load(grown.next_messages())
        yield (Ledger(lake, f"new_{number}") if is_first else grown), number


def struck(ledger: Ledger, fault: str, capsys: pytest.CaptureFixture[str]) -> bool:
    """Load with a fault in force, see that nothing is half, load again; whether the first failed.

    Any reader may come between the two, and sees the table as before or as after.
    """
    lake, before = ledger.lake, ledger.expected()
    messages = ledger.next_messages()
    capsys.readouterr()
    lake.aws.put_fault(fault)
    sentence = ""
    try:
        ledger.load(messages)
    except StorageError as failure:
        sentence = str(failure)
    lake.aws.put_fault("")
    emitted = capsys.readouterr().out
    if sentence:
        assert len(sentence.splitlines()) == 1
        assert "run again" in sentence
        assert emitted == ""
        if before:
            assert ledger.seen() in (before, ledger.expected())
    else:
        assert emitted == f'{{"load":{ledger.step}}}\n'
        assert ledger.seen() == ledger.expected()
    ledger.load(messages)
    assert ledger.seen() == ledger.expected()
    return bool(sentence)


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_tried_again_and_nobody_notices(
    glue_lake: GlueLake, counts: Counts, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for ledger, number in ledgers(glue_lake, counts.points(fault)):
        assert not struck(ledger, f"{fault};at={number}", capsys)


@pytest.mark.parametrize("fault", LASTING)
def test_what_lasts_is_told_once_and_the_next_run_completes(
    glue_lake: GlueLake, counts: Counts, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    points = counts.points(fault)
    failed = [
        struck(ledger, f"{fault};at={number}", capsys)
        for ledger, number in ledgers(glue_lake, points)
    ]
    assert any(failed)


def without_keys(number: int) -> list[Message]:
    return [
        schema("events", {"n": {"type": "integer"}}, keys=()),
        record("events", n=number),
        state({"n": number}),
    ]


@pytest.mark.parametrize(
    "lost", ["answer=internal;times=1", "hang=0.01;times=1", "answer=internal"]
)
def test_a_commit_whose_answer_is_lost_appends_its_rows_once(
    glue_lake: GlueLake, lost: str, capsys: pytest.CaptureFixture[str]
) -> None:
    glue_lake.load(*without_keys(1))
    capsys.readouterr()
    glue_lake.aws.put_fault(f"{lost};applied=1;call=glue UpdateTable")
    glue_lake.load(*without_keys(2))
    assert capsys.readouterr().out == '{"n":2}\n'
    assert [row["n"] for row in glue_lake.rows("events")] == [1, 2]


def test_a_commit_that_nobody_can_look_up_is_told_and_keeps_its_files(
    glue_lake: GlueLake, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(glue_lake, "grown")
    ledger.load(ledger.next_messages())
    messages = ledger.next_messages()
    ledger.load(messages)
    changed = [messages[0], record("grown", id=0, at="2020-01-01T00:00:00Z", title="last")]
    glue_lake.aws.forget_calls()
    ledger.load(
        [*changed[:1], record("grown", id=0, at="2020-01-01T00:00:00Z", title="last but one")]
    )
    calls = [call for call in glue_lake.aws.calls() if call.startswith("glue ")]
    capsys.readouterr()
    glue_lake.aws.put_fault(
        f"answer=internal;applied=1;call=glue *;at={calls.index('glue UpdateTable') + 1}"
    )
    with pytest.raises(StorageError, match="could not be found out"):
        ledger.load([*changed, state({"load": "last"})])
    glue_lake.aws.put_fault("")
    assert capsys.readouterr().out == ""
    ledger.rows[0]["title"] = "last"
    assert ledger.seen() == ledger.expected()
    ledger.load(changed)
    assert ledger.seen() == ledger.expected()


@pytest.mark.parametrize("call", ["glue UpdateTable", "glue GetTable", "s3 GET *.avro"])
def test_an_answer_that_never_comes_is_asked_for_again(
    glue_lake: GlueLake, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    glue_lake.load(*without_keys(1))
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 1.0)
    glue_lake.aws.put_fault(f"hang=60;applied=1;times=1;call={call}")
    glue_lake.load(*without_keys(2))
    assert [row["n"] for row in glue_lake.rows("events")] == [1, 2]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("answer=expired;call=s3 PUT *", "the AWS credentials have expired: get new ones"),
        ("answer=denied;call=glue *", "AWS denies access: give the role the right to do this"),
        ("answer=skewed;call=glue *", "this machine's clock is too far from AWS's: set it"),
    ],
)
def test_a_user_reads_one_sentence_that_says_what_to_do(
    glue_lake: GlueLake, fault: str, words: str
) -> None:
    glue_lake.aws.put_fault(fault)
    code, out, said = glue_lake.run(*without_keys(1))
    assert (code, out) == (1, b"")
    assert "Traceback" not in said
    assert "sandbox" not in said.replace(glue_lake.aws.url, "")  # the keys
    (sentence,) = [line for line in said.splitlines() if "CRITICAL" in line]
    assert words in sentence
    assert said.splitlines()[-1] == sentence


@pytest.mark.parametrize("dead", ["s3_endpoint_url", "AWS_ENDPOINT_URL_GLUE"])
def test_an_endpoint_that_is_not_there_is_told(
    glue_lake: GlueLake, dead: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "http://127.0.0.1:9"
    options = {dead: nobody} if dead.islower() else {}
    if not options:
        monkeypatch.setenv(dead, nobody)
    with pytest.raises(StorageError, match="no answer comes, also when asked again"):
        glue_lake.load(*without_keys(1), **options)

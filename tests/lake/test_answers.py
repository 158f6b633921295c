"""Answers of S3 and Glue that are lost, refusals, and silence are understood for what they are."""

from __future__ import annotations

import pytest

from columnar_target.errors import StorageError
from columnar_target.storage import patience

from .lakes import GlueLake, Message, record, schema, state
from .ledger import Ledger

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("aws-answers"),
    pytest.mark.usefixtures("impatient"),
]


PLAYED = 'ColumnValues "n" > 0 labels=["policy"="quarantine"]'


def without_keys(number: int) -> list[Message]:
    return [
        schema("events", {"n": {"type": "integer"}}, keys=()),
        record("events", n=number),
        state({"n": number}),
    ]


def load_gated(lake: GlueLake, number: int) -> None:
    """Bring a number that comes in, and one that is set aside."""
    messages = [*without_keys(number)[:2], record("events", n=-number), state({"n": number})]
    lake.load(*messages, run_id=f"r{number}", **lake.rules("events", PLAYED))


def numbers(lake: GlueLake) -> tuple[list[int], list[int]]:
    """Those that are seen, and those that wait."""
    seen, waiting = lake.rows("events"), lake.quarantine("events")
    return [row["n"] for row in seen], sorted((row["n"] for row in waiting), reverse=True)


@pytest.mark.parametrize(
    ("lost", "gated"),
    [("answer=internal;times=1", False), ("hang=0.01;times=1", False), ("answer=internal", True)],
)
def test_a_commit_whose_answer_is_lost_appends_its_rows_once(
    glue_lake: GlueLake, lost: str, capsys: pytest.CaptureFixture[str], *, gated: bool
) -> None:
    """With rules: that to a branch, to the results, and when `main` is moved."""

    def load(number: int) -> None:
        if gated:
            load_gated(glue_lake, number)
        else:
            glue_lake.load(*without_keys(number))

    load(1)
    capsys.readouterr()
    glue_lake.aws.put_fault(f"{lost};applied=1;call=glue UpdateTable")
    load(2)
    assert capsys.readouterr().out == '{"n":2}\n'
    assert numbers(glue_lake) == ([1, 2], [-1, -2] if gated else [])
    if gated:
        results = glue_lake.reader.load_table((f"{glue_lake.database}_quality", "results"))
        assert sorted(results.scan().to_arrow()["run_id"].to_pylist()) == ["r1", "r2"]


def test_a_journal_of_which_nobody_knows_whether_it_is_there_or_gone(
    glue_lake: GlueLake, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was written: nothing has been moved. It was removed: all has."""
    load_gated(glue_lake, 1)
    capsys.readouterr()
    glue_lake.aws.put_fault("answer=internal;applied=1;call=s3 * *_publish/r2.json*")
    with pytest.raises(StorageError, match="run again"):
        load_gated(glue_lake, 2)
    glue_lake.aws.put_fault("")
    assert numbers(glue_lake) == ([1], [-1])
    assert len(glue_lake.journals()) == 1
    load_gated(glue_lake, 2)
    assert numbers(glue_lake) == ([1, 2], [-1, -2])

    glue_lake.aws.put_fault("answer=internal;applied=1;call=s3 DELETE *_publish/r3.json*")
    with pytest.raises(StorageError, match="run again"):
        load_gated(glue_lake, 3)
    glue_lake.aws.put_fault("")
    assert numbers(glue_lake) == ([1, 2, 3], [-1, -2, -3])
    assert capsys.readouterr().out == '{"n":2}\n'


def test_credentials_that_expire_between_two_moves_leave_the_rest_to_the_next_run(
    glue_lake: GlueLake,
) -> None:
    ledger = Ledger(glue_lake, "grown")
    ledger.load(ledger.next_messages())
    (_, was_waiting), messages = ledger.expected(), ledger.next_messages()
    # columns and a branch of both tables, results; the table's own move is the sixth
    glue_lake.aws.put_fault("answer=expired;call=glue UpdateTable;at=7")
    with pytest.raises(StorageError, match="the AWS credentials have expired: get new ones"):
        ledger.load(messages)
    glue_lake.aws.put_fault("")
    assert ledger.seen() == (ledger.expected()[0], was_waiting)
    glue_lake.load(*without_keys(1))
    assert ledger.seen() == ledger.expected()
    assert glue_lake.journals() == []


def test_a_commit_that_nobody_can_look_up_is_told_and_keeps_its_files(
    glue_lake: GlueLake, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(glue_lake, "grown", gated=False)
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


@pytest.mark.parametrize("call", ["glue UpdateTable", "s3 GET *.avro"])
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
def test_a_refusal_says_which_it_is_and_what_to_do(
    glue_lake: GlueLake, fault: str, words: str
) -> None:
    glue_lake.aws.put_fault(fault)
    with pytest.raises(StorageError, match=words):
        glue_lake.load(*without_keys(1))


def test_a_user_reads_one_sentence_and_no_secret(
    glue_lake: GlueLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "never-to-be-told")
    glue_lake.aws.put_fault("answer=expired;call=glue *")
    code, out, said = glue_lake.run(*without_keys(1))
    assert (code, out) == (1, b"")
    assert "Traceback" not in said
    assert "never-to-be-told" not in said
    (sentence,) = [line for line in said.splitlines() if "CRITICAL" in line]
    assert "the AWS credentials have expired: get new ones" in sentence
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

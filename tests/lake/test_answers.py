"""Answers of S3 and Glue that are lost, refusals, and silence are understood for what they are."""

from __future__ import annotations

import pytest

from target_s3.errors import StorageError
from target_s3.lake import patience

from .lakes import GlueLake, Message, record, schema, state
from .ledger import Ledger

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("aws-answers"),
    pytest.mark.usefixtures("impatient"),
]


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

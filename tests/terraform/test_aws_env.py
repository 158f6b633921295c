"""What `make aws-env` writes into .env, and what it leaves alone."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.scripts import load_script

OUTPUT = {
    "variables": {"REDSHIFT_HOST": "warehouse.internal", "AWS_REGION": "us-east-1"},
    "secrets": {"DEFTUNES_SONGS_PASSWORD": "arn:aws:secretsmanager:x:password::"},
    "airflow": {"DEFTUNES_ECS_NAME": "deftunes-dev"},
}


@pytest.fixture
def aws_env(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load_script("aws_env", monkeypatch)


def test_secrets_are_told_by_where_they_are_and_not_set(aws_env: ModuleType) -> None:
    lines = aws_env.render(OUTPUT).splitlines()
    set_here = {line.partition("=")[0] for line in lines if not line.startswith("#")}
    assert set_here == {"AWS_REGION", "REDSHIFT_HOST", "DEFTUNES_ECS_NAME"}
    assert "# DEFTUNES_SONGS_PASSWORD: arn:aws:secretsmanager:x:password::" in lines


def test_what_others_wrote_stays_where_it_was(aws_env: ModuleType) -> None:
    block = aws_env.render(OUTPUT)
    first = aws_env.with_block("MINE=1", block)
    assert first == f"MINE=1\n{block}"
    edited = f"{first}LATER=2\n"
    newer = aws_env.render({**OUTPUT, "variables": {"AWS_REGION": "eu-west-1"}})
    assert aws_env.with_block(edited, newer) == f"MINE=1\n{newer}LATER=2\n"


def test_a_second_call_changes_nothing(aws_env: ModuleType) -> None:
    block = aws_env.render(OUTPUT)
    once = aws_env.with_block("", block)
    assert aws_env.with_block(once, block) == once


def test_a_block_without_its_end_is_not_replaced(aws_env: ModuleType) -> None:
    torn = aws_env.render(OUTPUT).replace(aws_env.END, "")
    with pytest.raises(aws_env.BlockError, match="put it back below our variables"):
        aws_env.with_block(f"{torn}MINE=1\n", aws_env.render(OUTPUT))

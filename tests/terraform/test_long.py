"""What takes too long for `make test`: Terraform's own tests, and a reader of configurations."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deftunes_sandbox.aws import EmulatedAws
from tests.project import ROOT
from tests.terraform.tool import EMULATED, Terraform

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("terraform")]


@pytest.mark.parametrize("file", ["inputs", "policies", "variants"])
def test_terraforms_own_tests_pass(terraform: Terraform, aws: EmulatedAws, file: str) -> None:
    done = terraform.run(
        "test",
        f"-filter=tests/{file}.tftest.hcl",
        f"-var-file={EMULATED}",
        f"-var=aws_endpoint_url={aws.url}",
        "-json",
        expect=None,
    )
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    summary = next(line["test_summary"] for line in said if line["type"] == "test_summary")
    runs = (ROOT / f"terraform/tests/{file}.tftest.hcl").read_text("utf-8").count('\nrun "')
    failed = [line["@message"] for line in said if line["@level"] == "error"]
    assert (failed, summary["passed"], done.returncode) == ([], runs, 0)


def test_checkov_finds_nothing_and_every_exception_has_its_reason() -> None:
    command = [sys.executable, str(ROOT / "scripts/locked_environment.py"), "checkov"]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    checkov = Path(made.stdout.strip()) / "bin/checkov"
    done = subprocess.run(
        [
            *(str(checkov), "--framework", "terraform", "--skip-download", "--output", "json"),
            *("--directory", str(ROOT / "terraform")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    told = json.loads(done.stdout)
    assert [check["check_id"] for check in told["results"]["failed_checks"]] == []
    assert told["summary"]["passed"] > 600
    for check in told["results"]["skipped_checks"]:
        reason = check["check_result"]["suppress_comment"]
        assert len(reason) > 20, f"{check['check_id']} at {check['resource']}: {reason!r}"

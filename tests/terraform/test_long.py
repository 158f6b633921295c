"""What takes too long for `make test`: Terraform's own tests, and a reader of configurations."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from deftunes_sandbox.aws import EmulatedAws
from tests.project import ROOT
from tests.terraform.account import Account
from tests.terraform.tool import EMULATED, Terraform

EXAMPLE = "environments/dev.tfvars.example"

pytestmark = [pytest.mark.heavy, pytest.mark.xdist_group("terraform")]


@pytest.mark.parametrize("file", ["example", "inputs", "policies", "schedules", "variants"])
def test_terraforms_own_tests_pass(terraform: Terraform, aws: EmulatedAws, file: str) -> None:
    told = [f"-var-file={EMULATED}", f"-var=aws_endpoint_url={aws.url}"]
    done = terraform.run(
        "test",
        f"-filter=tests/{file}.tftest.hcl",
        *([f"-var-file={EXAMPLE}"] if file == "example" else told),
        "-json",
        expect=None,
    )
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    summary = next(line["test_summary"] for line in said if line["type"] == "test_summary")
    runs = (ROOT / f"terraform/tests/{file}.tftest.hcl").read_text("utf-8").count('\nrun "')
    failed = [line["@message"] for line in said if line["@level"] == "error"]
    assert (failed, summary["passed"], done.returncode) == ([], runs, 0)


def test_every_test_of_terraforms_own_is_run() -> None:
    files = {file.name.removesuffix(".tftest.hcl") for file in ROOT.glob("terraform/tests/*.hcl")}
    assert files == {"example", "inputs", "policies", "schedules", "variants"}


def test_the_state_can_be_kept_on_s3_as_the_readme_says(
    terraform: Terraform, aws: EmulatedAws, tmp_path: Path
) -> None:
    """The two examples are copied, and Terraform finds what it has kept from elsewhere."""
    Account(aws).aws("s3").create_bucket(Bucket="a-bucket-for-states")
    elsewhere = replace(terraform, project=tmp_path)
    shutil.copytree(terraform.folder, elsewhere.folder, ignore=_what_is_made)
    backends = elsewhere.folder / "backends"
    shutil.copy(backends / "backend.tf.example", elsewhere.folder / "backend.tf")
    emulated = f"""{(backends / "dev.tfbackend.example").read_text("utf-8")}
        access_key = "sandbox"
        secret_key = "sandbox"
        endpoints  = {{ s3 = "{aws.url}" }}
        use_path_style = true
        skip_credentials_validation = true
        skip_requesting_account_id = true
    """
    (backends / "dev.tfbackend").write_text(emulated, "utf-8")
    elsewhere.run("init", "-input=false", "-backend-config=backends/dev.tfbackend")
    kept = {"told": {"value": "it is here", "type": "string"}}
    state = {"version": 4, "serial": 1, "lineage": "x", "outputs": kept, "resources": []}
    (elsewhere.folder / "given.json").write_text(json.dumps(state), "utf-8")
    elsewhere.run("state", "push", "given.json")
    assert Account(aws).keys("a-bucket-for-states") == {"deftunes/dev.tfstate"}
    assert elsewhere.output("told") == "it is here"


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


def _what_is_made(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == ".terraform" or "tfstate" in name}

"""What `make deploy` brings: the image, and the files that the DAGs are made of."""

from __future__ import annotations

import base64
import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from deftunes_sandbox.aws import EmulatedAws
from tests.project import ROOT
from tests.scripts import load_script
from tests.terraform.account import Account

pytestmark = pytest.mark.xdist_group("terraform")  # and its one emulated AWS

REPOSITORY = "deftunes-test/meltano"
AIRFLOW = {"DEFTUNES_TASKS": "ecs", "DEFTUNES_ECS_NAME": "deftunes-test"}
RECORD = """#!{python}
# stands in for docker, which is not here: it tells what it was told
import json, sys
with open({told!r}, "a") as file:
    words = "" if sys.stdin.isatty() else sys.stdin.read()
    print(json.dumps([sys.argv[1:], words]), file=file)
"""


@pytest.fixture
def ecr(aws: EmulatedAws) -> Any:
    registry = Account(aws).aws("ecr")
    registry.create_repository(repositoryName=REPOSITORY)
    yield registry
    registry.delete_repository(repositoryName=REPOSITORY, force=True)


@pytest.fixture
def container_image(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load_script("container_image", monkeypatch)


@pytest.mark.slow
def test_an_image_is_built_and_pushed_and_its_password_is_on_no_command_line(
    container_image: ModuleType, ecr: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _stand_in_for_docker(tmp_path, monkeypatch)
    image = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{REPOSITORY}:1a2b3c4"
    container_image.build_and_push(ROOT, image, ecr)
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    registry = image.partition("/")[0]
    assert [json.loads(line) for line in told.read_text("utf-8").splitlines()] == [
        [["build", "--platform", "linux/amd64", "--tag", image, str(ROOT)], ""],
        [["login", "--username", user, "--password-stdin", registry], password],
        [["push", image], ""],
    ]


@pytest.mark.slow
def test_an_image_that_is_there_is_known_by_its_tag(container_image: ModuleType, ecr: Any) -> None:
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": f"sha256:{'0' * 64}"},
        "layers": [],
    }
    ecr.put_image(repositoryName=REPOSITORY, imageManifest=json.dumps(manifest), imageTag="1a2b3c4")
    assert container_image.is_pushed(REPOSITORY, "1a2b3c4", ecr) is True
    assert container_image.is_pushed(REPOSITORY, "5d6e7f8", ecr) is False


@pytest.mark.slow
def test_who_has_no_docker_is_told_what_to_do(
    container_image: ModuleType, ecr: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(container_image.ImageError, match="or give IMAGE=0 to deploy all else"):
        container_image.build_and_push(ROOT, "registry/name:1a2b3c4", ecr)


@pytest.mark.slow
@pytest.mark.usefixtures("ecr")
def test_a_newer_image_is_named_before_terraform_knows_of_it(
    aws: EmulatedAws,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Account(aws).aws("s3").create_bucket(Bucket="artifacts-test")
    place = {
        "region": "us-east-1",
        "repository": REPOSITORY,
        "image": f"registry/{REPOSITORY}:1a2b3c4",
        "bucket": "artifacts-test",
        "key_arn": "arn:aws:kms:us-east-1:123456789012:key/1",
        "airflow": AIRFLOW,
    }
    (tmp_path / "place.json").write_text(json.dumps(place), "utf-8")
    _stand_in_for_terraform(tmp_path, f"cat '{tmp_path}/place.json'", monkeypatch)
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["deploy.py", "--dry-run", "--tag=5d6e7f8"])
    assert load_script("deploy", monkeypatch).main() == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"image  registry/{REPOSITORY}:5d6e7f8 would be built and pushed"


def test_the_files_that_are_brought_make_the_same_schedules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = load_script("deployed_files", monkeypatch).files_for(ROOT, AIRFLOW)
    for key, content in files.items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(content)
    sys.path.insert(0, str(ROOT / "orchestrate/dags"))
    read_schedules = import_module("deftunes_dags.schedules").read_schedules
    assert read_schedules(tmp_path / "dags/project") == read_schedules(ROOT)
    assert files["airflow/startup.sh"].decode().splitlines() == [
        "#!/bin/sh",
        'export DEFTUNES_ECS_NAME="deftunes-test"',
        'export DEFTUNES_PROJECT_ROOT="/usr/local/airflow/dags/project"',
        'export DEFTUNES_TASKS="ecs"',
    ]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            'Error: Output "deployment" not found',
            "apply first, in the order of terraform/README.md",
        ),
        (
            "Error: Backend initialization required: please run terraform",
            "Terraform could not be asked in terraform/: Backend initialization required",
        ),
    ],
)
def test_why_terraform_tells_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, sentence: str
) -> None:
    """A configuration file that is missing is a warning of Terraform's, and no reason."""
    warning = "│ Warning: Unable to open CLI configuration file"
    words = f"echo '{warning}' >&2\necho '{said}' >&2\nexit 1"
    _stand_in_for_terraform(tmp_path, words, monkeypatch)
    terraform_output = load_script("terraform_output", monkeypatch)
    with pytest.raises(terraform_output.OutputError) as caught:
        terraform_output.read_output("deployment")
    assert sentence in str(caught.value)
    assert "Warning" not in str(caught.value)


def _stand_in_for_docker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    told = folder / "told.jsonl"
    program = folder / "docker"
    program.write_text(RECORD.format(python=sys.executable, told=str(told)), "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return told


def _stand_in_for_terraform(folder: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "terraform"
    program.write_text(f"#!/bin/sh\n{words}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

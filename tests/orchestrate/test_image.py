"""The image: linted, and built in a folder, from which the product's line runs as on AWS."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import yaml

from deftunes_sandbox import Sandbox
from deftunes_sandbox.emulated import Emulated
from tests.emulated.conftest import SETTINGS
from tests.orchestrate.dockerfile import ScratchImage, files_of, instructions
from tests.project import ROOT

WRITABLE = (".meltano", "output")


def test_the_linter_has_nothing_to_say_of_the_dockerfile() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [str(linter), str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_and_writes_to_what_a_platform_mounts() -> None:
    steps = list(instructions(ROOT / "Dockerfile"))
    last = steps[max(place for place, (word, _) in enumerate(steps) if word == "FROM") :]
    assert ("USER", "10001:10001") in last
    assert ("ENTRYPOINT", '["meltano"]') in last
    (volumes,) = [rest for word, rest in last if word == "VOLUME"]
    assert set(re.findall(r'"([^"]+)"', volumes)) == {
        "/tmp",
        *(f"/project/{name}" for name in WRITABLE),
    }
    # terraform/ mounts the same, and calls the same program
    task = (ROOT / "terraform/modules/fargate_task/main.tf").read_text("utf-8")
    for name in WRITABLE:
        assert f"${{var.project_folder}}/{name}" in task
    assert re.search(r'entryPoint += \["meltano"\]', task)


def test_every_base_is_one_version_and_everything_is_installed_by_hash_or_from_the_project() -> (
    None
):
    steps = list(instructions(ROOT / "Dockerfile"))
    bases = {rest.partition(" AS ")[0] for word, rest in steps if word == "FROM"}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", bases.pop())
    installs = [rest for word, rest in steps if word == "RUN" and "pip " in rest]
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--offline" in each for each in installs)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> ScratchImage:
    """The image, in a folder that stands for its root."""
    built = ScratchImage(ROOT, tmp_path_factory.mktemp("image") / "root")
    built.build()
    return built


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Emulated]]:
    with (
        Sandbox(SETTINGS, services=["api"]) as sandbox,
        Emulated(SETTINGS, tmp_path_factory.mktemp("aws")) as emulated,
    ):
        yield sandbox, emulated


@pytest.mark.heavy
def test_the_product_s_line_runs_in_the_image_as_on_aws_and_leaves_the_project_as_it_was(
    image: ScratchImage, aws: tuple[Sandbox, Emulated]
) -> None:
    sandbox, emulated = aws
    project = image.root / "project"
    before = files_of(project, WRITABLE)
    content = yaml.safe_load((ROOT / "environments/emulated.meltano.yml").read_text("utf-8"))
    (environment,) = content["environments"]
    variables = {
        **environment["env"],
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{emulated.aws[1]}",
        "DEFTUNES_API_URL": sandbox.api_url,
        "REDSHIFT_PORT": str(emulated.redshift[1]),
        "DEFTUNES_LAKE_BUCKET": SETTINGS.lake_bucket,
        "MELTANO_STATE_BACKEND_URI": f"s3://{SETTINGS.lake_bucket}/meltano_state",
        # `aws`, as every container has it; the stand-ins speak no TLS and take a password
        "MELTANO_ENVIRONMENT": "aws",
        "REDSHIFT_METHOD": "database",
    }
    run_id = "00000000-0000-4000-8000-00000000000f"
    for line in (
        ["run", "tap-deftunes-api", "target-s3"],
        ["invoke", "runs:quality", "--run", run_id],
    ):
        done = subprocess.run(
            [image.entry_point, *line],
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                **image.environment,
                **variables,
                "MELTANO_RUN_ID": run_id,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("The load is published.")
    assert files_of(project, WRITABLE) == before
    s3 = boto3.client(
        "s3",
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )
    listed = s3.list_objects_v2(Bucket=SETTINGS.lake_bucket)["Contents"]
    keys = {each["Key"] for each in listed}
    assert f"landing_zone/_runs/{run_id}.json" in keys
    assert any(key.startswith("meltano_state/") and key.endswith("state.json") for key in keys)


@pytest.mark.heavy
def test_the_image_has_no_tests_no_sandbox_and_nothing_that_was_made_here(
    image: ScratchImage,
) -> None:
    names = {name for name in files_of(image.root / "project") if not name.startswith(".venv/")}
    assert "meltano.yml" in names
    assert "transform/dbt_project.yml" in names
    assert not [name for name in names if name.startswith(("sandbox", "tests", "output/"))]
    assert not [name for name in names if ".env" in name or "target/" in name]
    installed = {file.name for file in (image.root / "project/.venv/bin").iterdir()}
    plugins = {"tap-deftunes-api", "deftunes-tap-postgres", "target-s3", "target-redshift", "dbt"}
    assert plugins <= installed
    assert not {"sandbox", "pytest", "moto_server"} & installed

"""`emulated` is `aws` but for what says where things are: what passes here is what ships."""

from __future__ import annotations

import re
from typing import Any

import yaml

from deftunes_redshift.settings import DATABASE, PASSWORD, USER
from deftunes_sandbox import SandboxSettings
from tests.project import ROOT

ENDPOINTS_AND_KEYS = {
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "DEFTUNES_API_URL",
    "DEFTUNES_SONGS_HOST",
    "DEFTUNES_SONGS_PORT",
    "DEFTUNES_SONGS_USER",
    "DEFTUNES_SONGS_PASSWORD",
    "DEFTUNES_SONGS_DATABASE",
    "DEFTUNES_LAKE_BUCKET",
    "REDSHIFT_HOST",
    "REDSHIFT_PORT",
    "REDSHIFT_DATABASE",
    "REDSHIFT_USER",
    "REDSHIFT_PASSWORD",
    "REDSHIFT_LOGIN",
    "REDSHIFT_CLUSTER_ID",
    "REDSHIFT_WORKGROUP",
    "REDSHIFT_SSLMODE",
    "REDSHIFT_IAM_ROLE",
}


def environment(name: str) -> dict[str, Any]:
    text = (ROOT / f"environments/{name}.meltano.yml").read_text("utf-8")
    (only,) = yaml.safe_load(text)["environments"]
    assert only["name"] == name
    return dict(only)


def test_emulated_is_configured_word_for_word_as_aws_is() -> None:
    aws, emulated = environment("aws"), environment("emulated")
    assert aws.keys() == {"name", "config"}
    assert emulated.keys() == {"name", "config", "env"}
    assert emulated["config"] == aws["config"]


def test_what_emulated_adds_says_where_things_are_and_with_which_keys() -> None:
    assert environment("emulated")["env"].keys() == ENDPOINTS_AND_KEYS


def test_every_variable_that_the_configuration_reads_has_a_value_there() -> None:
    emulated = environment("emulated")
    read = set(re.findall(r"\$\{?([A-Z_]+)", yaml.safe_dump(emulated["config"])))
    assert read - {"MELTANO_ENVIRONMENT"} <= emulated["env"].keys()


def test_dbt_has_one_definition_for_both() -> None:
    profiles = yaml.safe_load((ROOT / "transform/profiles.yml").read_text("utf-8"))
    outputs = profiles["deftunes"]["outputs"]
    assert outputs["emulated"] == outputs["aws"]


def test_its_addresses_are_those_that_the_sandbox_starts_with() -> None:
    variables, sandbox = environment("emulated")["env"], SandboxSettings()
    assert variables["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{sandbox.aws_port}"
    assert variables["DEFTUNES_API_URL"] == f"http://127.0.0.1:{sandbox.api_port}"
    assert variables["DEFTUNES_SONGS_PORT"] == str(sandbox.songs_port)
    assert variables["DEFTUNES_LAKE_BUCKET"] == sandbox.lake_bucket
    assert variables["REDSHIFT_PORT"] == str(sandbox.redshift_port)
    assert variables["REDSHIFT_USER"] == USER
    assert variables["REDSHIFT_PASSWORD"] == PASSWORD
    assert variables["REDSHIFT_DATABASE"] == DATABASE


def test_no_secret_stands_in_the_environment_of_production() -> None:
    config = yaml.safe_dump(environment("aws")["config"])
    secrets = re.findall(r"(?:password|token|secret)\w*: (.+)", config)
    assert secrets
    assert all(value.startswith("$") for value in secrets)

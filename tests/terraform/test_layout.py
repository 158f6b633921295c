"""Modules are laid out alike, and say what they take and give."""

from __future__ import annotations

import re

import pytest

from tests.project import ROOT

FOLDER = ROOT / "terraform"
MODULES = sorted(path.name for path in (FOLDER / "modules").iterdir())
_WHOLE = re.DOTALL | re.MULTILINE
_BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', _WHOLE)
_GROUP = re.compile(r'^resource "aws_(?:vpc_)?security_group(?:_\w+)?" .*?^\}', _WHOLE)
_OF_EC2 = re.compile(r"[0-9A-Za-z_ .:/()#,@\[\]+=&;{}!$*-]{1,255}")
"""What EC2 takes for the description of a group or a rule."""


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_the_usual_files(module: str) -> None:
    files = {path.name for path in (FOLDER / "modules" / module).iterdir()}
    usual = {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"}
    assert usual - files == set()


@pytest.mark.parametrize("module", ["", *(f"modules/{module}" for module in MODULES)])
def test_variables_have_a_type_and_all_is_described(module: str) -> None:
    lacking = []
    for file in [*(FOLDER / module).glob("variables*.tf"), FOLDER / module / "outputs.tf"]:
        text = file.read_text("utf-8")
        blocks = _BLOCK.findall(text)
        assert len(blocks) == len(re.findall(r"^(?:variable|output) ", text, re.MULTILINE))
        for kind, name, body in blocks:
            wanted = ("description", "type") if kind == "variable" else ("description", "value")
            told = re.findall(r"^  (\w+)\s*=", body, re.MULTILINE)
            lacking += [f"{name}: {word}" for word in wanted if word not in told]
    assert lacking == []


def test_every_module_asks_for_the_same_provider() -> None:
    told = {
        path.read_text("utf-8")
        for path in [FOLDER / "versions.tf", *FOLDER.glob("modules/*/versions.tf")]
    }
    assert len(told) == 1


def test_parameters_that_aws_adds_to_are_not_compared() -> None:
    """No emulator has them: https://github.com/hashicorp/terraform-provider-aws/issues/33692."""
    text = (FOLDER / "modules/serving/serverless.tf").read_text("utf-8")
    [workgroup] = re.findall(r'^resource "aws_redshiftserverless_workgroup".*?^\}', text, _WHOLE)
    assert re.search(r"lifecycle \{\s+ignore_changes = \[config_parameter\]\s+\}", workgroup)


def test_ec2_takes_every_description_of_a_security_group() -> None:
    """It knows few signs, and neither a plan nor an emulator refuses the others: no `'`, say."""
    told = [
        description
        for file in FOLDER.glob("modules/*/*.tf")
        for block in re.findall(_GROUP, file.read_text("utf-8"))
        for description in re.findall(r'^ +description += "(.*)"$', block, re.MULTILINE)
    ]
    assert "Parts of Airflow among each other" in told
    assert [each for each in told if not _OF_EC2.fullmatch(each)] == []


def test_the_provider_can_be_had_on_other_platforms_than_this_one() -> None:
    text = (FOLDER / ".terraform.lock.hcl").read_text("utf-8")
    assert 'version     = "5.100.0"' in text
    assert "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=" in text  # Linux, x86-64
    assert "h1:Ijt7pOlB7Tr7maGQIqtsLFbl7pSMIj06TVdkoSBcYOw=" in text  # macOS, ARM
    # the archives of all 14 platforms, and what says which there are
    assert len(set(re.findall(r'"zh:[0-9a-f]{64}"', text))) == 15


def test_every_service_that_is_used_goes_to_the_emulator() -> None:
    """One that is forgotten would be asked for at AWS itself."""
    text = (FOLDER / "providers.tf").read_text("utf-8")
    told = set(re.findall(r"^      (\w+)\s+= endpoints.value$", text, re.MULTILINE))
    kinds = {
        kind
        for file in FOLDER.glob("modules/*/*.tf")
        for kind in re.findall(r'^resource "aws_(\w+)"', file.read_text("utf-8"), re.MULTILINE)
    }
    lacking = {kind for kind in kinds if not told & _services(kind)}
    assert lacking == set()


def _services(kind: str) -> set[str]:
    """The services that a kind of resource may belong to, as the provider calls them."""
    network = {"vpc", "subnet", "eip", "nat", "route", "internet", "default", "flow", "security"}
    special = {
        "cloudwatch_log": "logs",
        "cloudwatch_event": "events",
        "db": "rds",
    }
    found = {service for start, service in special.items() if kind.startswith(start)}
    first = kind.partition("_")[0]
    return found or ({"ec2"} if first in network else {first})

"""One Terraform at a time: an apply takes 800 MB, so all of these tests share a worker."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deftunes_redshift.server import Redshift
from deftunes_redshift.settings import RedshiftSettings
from deftunes_sandbox import Sandbox, SandboxSettings
from deftunes_sandbox.aws import EmulatedAws
from tests.terraform import tool
from tests.terraform.account import Account
from tests.terraform.applied import Platform
from tests.terraform.planned import Planned
from tests.terraform.tool import Terraform

SANDBOX = SandboxSettings(api_port=0, songs_port=0, songs=500, users=100, sessions_per_day=2)
SONGS_DATABASE: dict[str, Any] = {
    "host": "127.0.0.1",
    "user": "postgres",
    "secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:songs-AbCdEf",
    "cidr": "172.31.0.0/16",
    "peering": {
        "vpc_id": "vpc-0123456789abcdef0",
        "route_table_ids": ["rtb-0123456789abcdef0"],
        "security_group_id": "sg-0123456789abcdef0",
    },
}


@pytest.hookimpl(trylast=True)  # of those that -m has left
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Terraform, one of the tests that need it says so for the others."""
    needing = [item for item in items if "terraform" in getattr(item, "fixturenames", ())]
    if tool.missing() and not _required():
        config.hook.pytest_deselected(items=needing[1:])
        items[:] = [item for item in items if item not in needing[1:]]


def _required() -> bool:
    return os.environ.get("DEFTUNES_REQUIRE_TERRAFORM", "0") != "0"


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """A copy of the project in which Terraform can be run."""
    missing = tool.missing()
    try:
        if not missing:
            return Terraform.prepared(tmp_path_factory.mktemp("terraform"))
    except tool.ProviderError as fault:
        missing = f"{fault}"
    if _required():
        pytest.fail(f"{missing}, and DEFTUNES_REQUIRE_TERRAFORM asks for it", pytrace=False)
    pytest.skip(f"NOTHING OF terraform/ IS TESTED HERE: {missing}")


@pytest.fixture(scope="module")
def platform(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """An empty AWS, and Terraform that was told of it; the tests of a module share it."""
    folder = tmp_path_factory.mktemp("platform")
    with Sandbox(SANDBOX) as sandbox, EmulatedAws() as aws, _redshift(aws, folder) as redshift:
        aws.put_warehouse(redshift.address.url())
        kept = {"password": sandbox.songs_dsn["password"], "canary": secrets.token_urlsafe()}
        secret = (
            Account(aws)
            .aws("secretsmanager")
            .create_secret(Name="songs", SecretString=json.dumps(kept))["ARN"]
        )
        variables = {
            "aws_endpoint_url": aws.url,
            "purchase_api": {"url": sandbox.api_url},
            "demo_songs_database": False,
            "songs_database": {
                **SONGS_DATABASE,
                "port": sandbox.songs.port,
                "secret_arn": secret,
                "peering": _network(aws),
            },
        }
        platform = Platform(
            replace(terraform, variables=variables),
            aws,
            sandbox,
            redshift.address.url(),
            secret,
            {
                "REDSHIFT_METHOD": "database",
                "REDSHIFT_LOGIN": "password",
                "REDSHIFT_SSLMODE": "disable",
                "REDSHIFT_PORT": f"{redshift.address.port}",
                "REDSHIFT_USER": redshift.address.user,
                "REDSHIFT_PASSWORD": redshift.address.password,
            },
        )
        platform.before = platform.account.left()
        yield platform


def _redshift(aws: EmulatedAws, folder: Path) -> Redshift:
    keys = aws.environment
    return Redshift(
        RedshiftSettings(
            directory=folder,
            port=0,
            aws_endpoint=aws.url,
            aws_region=keys["AWS_REGION"],
            aws_access_key=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_key=keys["AWS_SECRET_ACCESS_KEY"],
        )
    )


def _network(aws: EmulatedAws) -> dict[str, Any]:
    """The network that an account has from the beginning, with a group for the songs in it."""
    ec2 = Account(aws).aws("ec2")
    network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    of_it = [{"Name": "vpc-id", "Values": [network]}]
    tables = ec2.describe_route_tables(Filters=of_it)["RouteTables"]
    made = ec2.create_security_group(GroupName="songs", Description="songs", VpcId=network)
    return {
        "vpc_id": network,
        "route_table_ids": [table["RouteTableId"] for table in tables],
        "security_group_id": made["GroupId"],
    }


@pytest.fixture(scope="session")
def aws() -> Iterator[EmulatedAws]:
    with EmulatedAws() as running:
        yield running


@pytest.fixture(scope="session")
def planned(terraform: Terraform, aws: EmulatedAws) -> Planned:
    """The plan of everything, with a songs database in a network of its own."""
    variables = {
        "aws_endpoint_url": aws.url,
        "demo_songs_database": False,
        "songs_database": SONGS_DATABASE,
        "purchase_api": {"url": "https://api.example.com", "needs_token": True},
    }
    return Planned(replace(terraform, variables=variables).plan())

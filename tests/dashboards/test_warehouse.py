"""Which warehouse the dashboards read, by what is set."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url

from tests.project import ROOT

REDSHIFT = {
    "DASHBOARDS_WAREHOUSE": "redshift",
    "REDSHIFT_HOST": "warehouse.example.com",
    "REDSHIFT_USER": "reader",
    "REDSHIFT_PASSWORD": "a/b@c:d%",
    "REDSHIFT_DATABASE": "music",
}


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "analyze/dashboards"))
    return importlib.import_module("dashboard_files")


def database(files: ModuleType, environment: dict[str, str]) -> Any:
    return yaml.safe_load(files.read_assets(environment)["databases/DeFtunes.yaml"])


def arguments(described: Any) -> Any:
    return described["extra"]["engine_params"]["connect_args"]


def test_a_file_is_only_read_and_no_other_file_is(files: ModuleType) -> None:
    described = database(files, {"DASHBOARDS_WAREHOUSE": "/a folder/warehouse.duckdb"})
    assert described["sqlalchemy_uri"] == "duckdb:////a folder/warehouse.duckdb"
    assert arguments(described) == {
        "read_only": True,
        "config": {"enable_external_access": False},
    }
    assert not described["allow_dml"]


def test_redshift_is_reached_with_any_password_and_a_checked_certificate(files: ModuleType) -> None:
    described = database(files, REDSHIFT)
    url = make_url(described["sqlalchemy_uri"])
    assert url.drivername == "redshift+redshift_connector"
    assert (url.username, url.password, url.host, url.port, url.database) == (
        *("reader", "a/b@c:d%", "warehouse.example.com", 5439, "music"),
    )
    assert arguments(described) == {"ssl": True, "sslmode": "verify-full"}


def test_a_stand_in_without_tls_is_asked_without(files: ModuleType) -> None:
    described = database(files, {**REDSHIFT, "REDSHIFT_SSLMODE": "disable"})
    assert arguments(described) == {"ssl": False}


@pytest.mark.parametrize(
    ("login", "says"),
    [
        (
            {"REDSHIFT_LOGIN": "iam", "REDSHIFT_CLUSTER_ID": "deftunes-prod"},
            {"cluster_identifier": "deftunes-prod", "db_user": "reader"},
        ),
        (
            {"REDSHIFT_LOGIN": "serverless", "REDSHIFT_WORKGROUP": "deftunes"},
            {"is_serverless": True, "serverless_work_group": "deftunes"},
        ),
    ],
)
def test_without_a_password_aws_lets_in_whom_it_knows(
    files: ModuleType, login: dict[str, str], says: dict[str, Any]
) -> None:
    described = database(files, {**REDSHIFT, "AWS_REGION": "eu-west-1", **login})
    assert described["sqlalchemy_uri"] == "redshift+redshift_connector://"
    aws = {"iam": True, "database": "music", "region": "eu-west-1"}
    assert arguments(described) == {**aws, "ssl": True, "sslmode": "verify-full", **says}


@pytest.mark.parametrize("name", ["aws", "emulated"])
def test_on_aws_and_as_on_aws_the_dashboards_read_redshift(name: str) -> None:
    text = (ROOT / f"environments/{name}.meltano.yml").read_text("utf-8")
    (environment,) = yaml.safe_load(text)["environments"]
    plugins = {each["name"]: each for each in environment["config"]["plugins"]["utilities"]}
    assert plugins["dashboards"]["config"] == {"warehouse": "redshift"}


def test_an_address_goes_before_all_else(files: ModuleType) -> None:
    address = "postgresql://reader@warehouse.example.com/music"
    described = database(files, {**REDSHIFT, "DASHBOARDS_DATABASE_URL": address})
    assert described["sqlalchemy_uri"] == address
    assert "engine_params" not in described["extra"]

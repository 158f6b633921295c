"""How the target logs in: by password, with IAM's credentials of a cluster, or of a workgroup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redshift_connector

from columnar_target.errors import SettingError, StorageError
from target_redshift.target import TargetRedshift
from target_redshift.warehouse import connection

from .aws_logins import Logins, logins
from .warehouses import Warehouse

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:datetime:DeprecationWarning")]


@pytest.fixture
def services(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Logins]:
    with logins(warehouse.address) as running:
        for name in ("REDSHIFT", "REDSHIFT_SERVERLESS"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", running.url)
        monkeypatch.setattr(redshift_connector.IamHelper, "credentials_cache", {})
        yield running


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """How sessions are opened, once the credentials are there: the stand-in declines TLS."""
    real, seen = redshift_connector.Connection, []

    def without_tls(**keywords: Any) -> Any:
        seen.append(dict(keywords))
        return real(**{**keywords, "ssl": False})

    monkeypatch.setattr(redshift_connector, "Connection", without_tls)
    return seen


def config(warehouse: Warehouse, **settings: Any) -> dict[str, Any]:
    own = ("host", "user", "password", "sslmode")
    rest = {name: value for name, value in warehouse.config.items() if name not in own}
    return {**rest, "s3_region": "us-east-1", **settings}


IAM = {"login": "iam", "cluster_identifier": "shop"}


@pytest.mark.parametrize(
    ("settings", "calls"),
    [
        (
            {**IAM, "user": "loader"},
            [
                (
                    "GetClusterCredentials",
                    {"DbUser": "loader", "DbName": "dev", "ClusterIdentifier": "shop",
                     "AutoCreate": "false"},
                ),
                ("DescribeClusters", {"ClusterIdentifier": "shop"}),
            ],
        ),
        (
            IAM,
            [
                ("GetClusterCredentialsWithIAM",
                 {"DbName": "dev", "ClusterIdentifier": "shop", "DurationSeconds": "900"}),
                ("DescribeClusters", {"ClusterIdentifier": "shop"}),
            ],
        ),
        (
            {"login": "serverless", "workgroup": "shop"},
            [
                ("GetCredentials", {"dbName": "dev", "workgroupName": "shop"}),
                ("GetWorkgroup", {"workgroupName": "shop"}),
            ],
        ),
    ],
)  # fmt: skip
def test_credentials_and_endpoint_are_asked_of_aws(
    warehouse: Warehouse,
    services: Logins,
    opened: list[dict[str, Any]],
    settings: dict[str, Any],
    calls: list[tuple[str, dict[str, str]]],
) -> None:
    login = TargetRedshift(config=config(warehouse, **settings)).load.settings.login
    session = connection.connect(login)
    cursor = session.cursor()
    cursor.execute("select current_user")
    assert cursor.fetchall() == (["awsuser"],)
    session.close()
    assert services.asked == calls
    (keywords,) = opened
    assert (keywords["host"], keywords["port"]) == ("127.0.0.1", warehouse.address.port)
    assert (keywords["ssl"], keywords["sslmode"]) == (True, "verify-full")


def test_a_login_that_aws_denies_is_told(warehouse: Warehouse, services: Logins) -> None:
    services.denied = True
    messages = [
        {"type": "SCHEMA", "stream": "s", "key_properties": [], "schema": {"properties": {
            "id": {"type": "integer"}}}},
        {"type": "RECORD", "stream": "s", "record": {"id": 1}},
    ]  # fmt: skip
    denied = r"Could not load into shop/dev: AWS denies access: .* redshift:GetClusterCredentials"
    target = dict.fromkeys(("host", "user", "password"))
    with pytest.raises(StorageError, match=denied):
        warehouse.load(*messages, **{**target, **IAM, "sslmode": "verify-full"})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"login": "iam"}, "cluster_identifier is missing: login iam needs it"),
        ({"login": "serverless"}, "workgroup is missing: login serverless needs it"),
        ({}, "host is missing: login password needs it"),
        ({"host": "h", "user": "u"}, "user and password are missing: login password needs both"),
        ({**IAM, "sslmode": "disable"}, "sslmode is disable: login iam needs TLS"),
    ],
)
def test_a_login_that_cannot_work_is_refused(
    warehouse: Warehouse, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        TargetRedshift(config=config(warehouse, **settings))

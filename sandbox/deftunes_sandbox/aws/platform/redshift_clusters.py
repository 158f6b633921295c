"""A Redshift cluster as AWS tells of it: availability, nodes, roles, a password that AWS keeps.

Where a warehouse stands in for Redshift, every cluster has its address.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from moto.core.responses import ActionResult
from moto.redshift.models import Cluster
from moto.redshift.responses import RedshiftResponse
from moto.secretsmanager.models import secretsmanager_backends

from deftunes_sandbox.aws.platform.teaching import teach
from deftunes_sandbox.aws.platform.warehouse import WAREHOUSE

if TYPE_CHECKING:
    from typing import Any

_create_cluster = RedshiftResponse.create_cluster
_own_endpoint = Cluster.endpoint.fget  # type: ignore[attr-defined]  # mypy takes it for its value


def install() -> None:
    """Teach moto's Redshift."""
    teach(
        Cluster,
        availability_zone_relocation_status="disabled",
        cluster_availability_status="Available",
        cluster_nodes=property(nodes),
        default_iam_role_arn=None,
        endpoint=property(endpoint),
        maintenance_track_name="current",
        manual_snapshot_retention_period=-1,
        multi_az="Disabled",
    )
    teach(RedshiftResponse, create_cluster=create_cluster, modify_cluster_iam_roles=modify_roles)


def endpoint(cluster: Cluster) -> dict[str, Any]:
    """Address and port; the address is the stand-in's, if there is one.

    The port stays as it was asked for: no cluster may have a port like the stand-in's.
    """
    place = dict(_own_endpoint(cluster))
    if WAREHOUSE.url:
        place["Address"] = urlsplit(WAREHOUSE.url).hostname
    return place


def nodes(cluster: Cluster) -> list[dict[str, str]]:
    """A leader and its nodes; a single node is both."""
    count = cluster.number_of_nodes
    roles = ["SHARED"] if count == 1 else ["LEADER", *(f"COMPUTE-{i}" for i in range(count))]
    return [
        {"NodeRole": role, "PrivateIPAddress": f"10.0.0.{place}"}
        for place, role in enumerate(roles, start=1)
    ]


def create_cluster(response: RedshiftResponse) -> ActionResult:
    """Create a cluster; a password that AWS manages goes into a secret of its own."""
    answer = _create_cluster(response)
    name = response._get_param("ClusterIdentifier")  # noqa: SLF001 - as in all of moto's responses
    cluster = response.redshift_backend.clusters[name]
    cluster.preferred_maintenance_window = cluster.preferred_maintenance_window.lower()
    role = response._get_param("DefaultIamRoleArn")  # noqa: SLF001 - the same
    members: dict[str, Any] = {"default_iam_role_arn": role}
    if response._get_bool_param("ManageMasterPassword"):  # noqa: SLF001 - the same
        key = response._get_param("MasterPasswordSecretKmsKeyId")  # noqa: SLF001 - the same
        secret = secretsmanager_backends[response.current_account][
            response.region
        ].create_managed_secret(
            service_name="redshift",
            secret_id=f"redshift!{name}-{cluster.master_username}",
            secret_string=json.dumps(
                {"username": cluster.master_username, "password": secrets.token_urlsafe()}
            ),
            kms_key_id=key,
            tags=[],
        )
        members["master_password_secret_arn"] = secret.arn
        members["master_password_secret_kms_key_id"] = key
    vars(cluster).update(members)
    return answer


def modify_roles(response: RedshiftResponse) -> ActionResult:
    """Give a cluster roles, or take them away."""
    name = response._get_param("ClusterIdentifier")  # noqa: SLF001 - as in all of moto's responses
    cluster = response.redshift_backend.clusters[name]
    added = set(response._get_param("AddIamRoles", []))  # noqa: SLF001 - the same
    removed = set(response._get_param("RemoveIamRoles", []))  # noqa: SLF001 - the same
    cluster.iam_roles_arn = sorted((set(cluster.iam_roles_arn) | added) - removed)
    default = response._get_param("DefaultIamRoleArn")  # noqa: SLF001 - the same
    if default is not None:
        vars(cluster)["default_iam_role_arn"] = default
    return ActionResult({"Cluster": cluster})

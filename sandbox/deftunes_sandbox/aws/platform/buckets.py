"""Buckets as a platform has them: policies that ask for TLS, and versions that can be removed.

Moto reads no conditions of a policy, so a Deny without TLS would refuse every call: the emulator's
own wire counts as safe. And it stumbles over a deleted key once versions are suspended, which is
what Terraform does before it empties a bucket.
"""

from __future__ import annotations

import json

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker

from deftunes_sandbox.aws.platform.teaching import teach


def install() -> None:
    """Teach moto's S3."""
    teach(FakeBucket, get_permission=permission)
    teach(FakeDeleteMarker, dispose=lambda _: None)  # a marker holds no content


def permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """What a bucket's policy says of a call, conditional refusals aside."""
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    policy["Statement"] = [
        statement
        for statement in policy["Statement"]
        if not (statement["Effect"] == "Deny" and statement.get("Condition"))
    ]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

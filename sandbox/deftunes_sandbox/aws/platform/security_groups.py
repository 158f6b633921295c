"""Rules between security groups keep their description, which moto tells of addresses only."""

from __future__ import annotations

from moto.ec2.models.security_groups import SecurityGroupRule

from deftunes_sandbox.aws.platform.teaching import teach


def install() -> None:
    """Teach moto's EC2."""
    teach(SecurityGroupRule, description=property(description))


def description(rule: SecurityGroupRule) -> str | None:
    """What a rule is for."""
    return rule.ip_range.get("Description") or rule.source_group.get("Description")

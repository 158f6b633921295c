"""The tags of Athena's workgroups, also of those that have none."""

from __future__ import annotations

import json

from moto.athena.responses import AthenaResponse

from deftunes_sandbox.aws.platform.teaching import teach


def install() -> None:
    """Teach moto's Athena."""
    teach(AthenaResponse, list_tags_for_resource=tags)


def tags(response: AthenaResponse) -> str:
    """The tags of a workgroup."""
    arn = response._get_param("ResourceARN")  # noqa: SLF001 - as in all of moto's responses
    return json.dumps(response.athena_backend.list_tags_for_resource(arn) or {"Tags": []})

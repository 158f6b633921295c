"""The Singer target `target-s3`: what it adds to one that stages columns."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any, ClassVar

import click

from columnar_target.quality.rules import read_rules
from columnar_target.storage.storage import open_storage
from columnar_target.target import ColumnarTarget
from target_s3.commands import Place, options_of, take_request
from target_s3.declaration import SETTINGS
from target_s3.load import LakeLoad
from target_s3.maintenance.command import MAINTAIN
from target_s3.recovery.command import RECOVERY
from target_s3.settings import read_settings

COMMANDS = (MAINTAIN, *RECOVERY)
"""What may be asked for instead of a load."""


class TargetS3(ColumnarTarget):
    """Landing files and Iceberg tables, on S3 or in a local folder."""

    name = "target-s3"
    package_name = "deftunes-target-s3"
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS.to_dict()
    load: LakeLoad

    def open_load(self, started: dt.datetime) -> LakeLoad:
        """Read the settings, and open the lake."""
        settings = read_settings(
            dict(self.config), environment=dict(os.environ), new_run_id=str(uuid.uuid4())
        )
        storage = open_storage(
            settings.lake_url,
            endpoint_url=settings.s3_endpoint_url,
            region=settings.s3_region,
            properties=settings.catalog,
        )
        self.logger.info("Run %s works on %s.", settings.run_id, settings.lake_url)
        return LakeLoad(settings, read_rules(settings.rules), storage, self.logger, started)

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The SDK's command, with the options of those that load nothing."""
        command = super().get_singer_command()
        command.params.extend(options_of(COMMANDS))
        return command

    @classmethod
    def run_instead(cls, options: dict[str, Any]) -> bool:
        """Maintenance, replays, rebuilds and roll-backs."""
        request = take_request(COMMANDS, options)
        if request is None:
            return False
        given = options["config"]
        load = cls(config=given.config, parse_env_config=given.parse_env).load
        request.carry_out(Place(load.settings, load.rules, load.storage, cls.logger))
        return True


if __name__ == "__main__":
    TargetS3.cli()

"""The Singer target `target-redshift`: what it adds to one that stages columns."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any, ClassVar

from columnar_target.quality.rules import read_rules
from columnar_target.storage.storage import open_storage
from columnar_target.target import ColumnarTarget
from target_redshift.declaration import SETTINGS
from target_redshift.load import RedshiftLoad
from target_redshift.settings import read_settings


class TargetRedshift(ColumnarTarget):
    """Tables of Amazon Redshift, loaded by COPY in one transaction."""

    name = "target-redshift"
    package_name = "deftunes-target-redshift"
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS.to_dict()
    next_run: ClassVar[str] = "loads all of it"
    load: RedshiftLoad

    def __init__(self, **options: Any) -> None:
        config = options.get("config")
        if isinstance(config, dict):
            # Meltano hands over an empty text where a variable is not set
            options["config"] = {name: value for name, value in config.items() if value != ""}
        super().__init__(**options)

    def open_load(self, started: dt.datetime) -> RedshiftLoad:
        """Read the settings; the warehouse is not asked before the input has ended."""
        settings = read_settings(
            dict(self.config), environment=dict(os.environ), new_run_id=str(uuid.uuid4())
        )
        storage = open_storage(
            settings.staging_url, endpoint_url=settings.s3_endpoint_url, region=settings.s3_region
        )
        self.logger.info(
            "Run %s loads into schema %s of %s.",
            settings.run_id,
            settings.schema,
            settings.login.described,
        )
        return RedshiftLoad(settings, read_rules(settings.rules), storage, self.logger, started)

    def process_endofpipe(self) -> None:
        """Load what arrived, emit state, and only then tidy up.

        Rows without keys come twice if the process is killed between commit and state: nothing
        is done there that can wait.
        """
        super().process_endofpipe()
        self.load.tidy_up()


if __name__ == "__main__":
    TargetRedshift.cli()

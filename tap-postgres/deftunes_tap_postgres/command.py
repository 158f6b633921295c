"""The command line's rim: a database out of reach becomes one sentence and an exit status."""

from __future__ import annotations

import sys
from typing import Any

from singer_sdk.plugin_base import SingerCommand
from sqlalchemy.exc import OperationalError

from deftunes_tap_postgres.errors import TapError


class TapCommand(SingerCommand):
    """The tap's command."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command; status 1 with a sentence if the database cannot be read."""
        try:
            return super().main(*args, **kwargs)
        except TapError as fault:
            self.logger.critical(str(fault))
            sys.exit(1)
        except OperationalError as fault:
            self.logger.critical(
                "The database could not be read: %s. Start it, or correct host, port, user, "
                "password and database of the tap; then run again, for a table that was not read "
                "to its end is read anew.",
                " ".join(str(fault.orig).split()),
            )
            sys.exit(1)

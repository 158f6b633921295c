"""The tap: meltanolabs-tap-postgres with streams of ours."""

from __future__ import annotations

from collections.abc import Sequence

import click
from singer_sdk import Stream
from tap_postgres.client import PostgresStream
from tap_postgres.tap import TapPostgres as MeltanoTapPostgres

from deftunes_tap_postgres.command import TapCommand
from deftunes_tap_postgres.streams import VersionedStream


class TapPostgres(MeltanoTapPostgres):  # type: ignore[misc]  # the tap we extend ships no types
    """PostgreSQL tables as Singer streams."""

    def discover_streams(self) -> Sequence[Stream]:
        """The streams of the tap we extend, those read by a query as ours."""
        streams: list[Stream] = []
        for stream in super().discover_streams():
            ours = type(stream) is PostgresStream
            streams.append(
                VersionedStream(self, stream.catalog_entry, connector=stream.connector)
                if ours
                else stream
            )
        return streams

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command, with our way to tell a database out of reach."""
        command = super().get_singer_command()
        return TapCommand(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            params=command.params,
            help=command.help,
            logger=cls.logger,
        )


if __name__ == "__main__":
    TapPostgres.cli()

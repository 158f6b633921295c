"""The tap: meltanolabs-tap-postgres with streams of ours."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import click
from singer_sdk import Stream
from tap_postgres.client import PostgresLogBasedStream, PostgresStream
from tap_postgres.tap import TapPostgres as MeltanoTapPostgres

from deftunes_tap_postgres.batches.settings import widen
from deftunes_tap_postgres.command import TapCommand
from deftunes_tap_postgres.streams import LogStream, TableStream


class TapPostgres(MeltanoTapPostgres):  # type: ignore[misc]  # the tap we extend ships no types
    """PostgreSQL tables as Singer streams."""

    def discover_streams(self) -> Sequence[Stream]:
        """The streams of the tap we extend, those read by a query as ours."""
        return [self._ours(stream) for stream in super().discover_streams()]

    def _ours(self, stream: Stream) -> Stream:
        if type(stream) is PostgresStream:
            return TableStream(self, stream.catalog_entry, connector=stream.connector)
        if type(stream) is PostgresLogBasedStream:
            return LogStream(
                self,
                stream.catalog_entry,
                connection_parameters=stream.connection_parameters,
                connector=stream.connector,
            )
        return stream

    @classmethod
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings, `batch_config` with our formats."""
        super().append_builtin_config(config_jsonschema)
        widen(config_jsonschema)

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End by a signal: unfinished files go, connections close, the status is a shell's."""
        del frame
        self.logger.error(
            "Stopped by %s: no STATE was written of what was not handed over; the next run reads "
            "it again.",
            signal.Signals(signum).name,
        )
        sys.exit(128 + signum)

    catch_signal = _handle_termination  # the one for SSH tunnels, which would end with 1

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

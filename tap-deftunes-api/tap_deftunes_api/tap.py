"""The tap: settings, discovery, and the command `tap-deftunes-api`."""

from __future__ import annotations

from copy import deepcopy
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import click
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigValidationError
from singer_sdk.helpers._util import utc_now
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities

from tap_deftunes_api.bookmarks import read_bookmark, read_bookmarks
from tap_deftunes_api.command import TapCommand, terminate
from tap_deftunes_api.errors import SettingsError
from tap_deftunes_api.messages import BufferedWriter, SilentStateWriter
from tap_deftunes_api.settings import CONFIG_SCHEMA, PACKAGE, Settings
from tap_deftunes_api.streams import SessionItems, Sessions, Users

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import FrameType

    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.plugin_base import _ConfigInput

    from tap_deftunes_api.windowed import WindowedStream


class TapDeftunesApi(Tap):
    """A Singer tap for the DeFtunes purchase API: users, sessions, session items."""

    name = "tap-deftunes-api"
    package_name = PACKAGE
    # the SDK adds settings of its own to what it is given
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(CONFIG_SCHEMA)
    message_writer_class = BufferedWriter
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.BATCH,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(self, *, clock: Callable[[], datetime] = utc_now, **kwargs: Any) -> None:
        if kwargs.get("state") is not None:
            # Before the SDK, which takes a text for a file's name and the like for no state.
            read_bookmarks(kwargs["state"])
        try:
            super().__init__(**kwargs)
        except ValueError as error:
            if not kwargs.get("parse_env_config"):
                raise
            raise SettingsError(
                f"A setting in the environment is not of its type: {error}. "
                "Check the TAP_DEFTUNES_API_… variables."
            ) from error
        self.clock = clock
        self._state_writer = SilentStateWriter(self.message_writer)

    @cached_property
    def settings(self) -> Settings:
        """The settings, typed."""
        return Settings.from_config(self.config)

    def discover_streams(self) -> list[WindowedStream]:
        """The streams there are; the API is not asked for them."""
        return [Users(self), Sessions(self), SessionItems(self)]

    def load_state(self, state: dict[str, Any]) -> None:
        """Take over a state; all of it is looked at before anything is read.

        Raises:
            StateError: A bookmark cannot be read.
        """
        bookmarks = read_bookmarks(state)
        for stream in (Users, Sessions, SessionItems):
            read_bookmark(stream.name, bookmarks.get(stream.name, {}), stream.replication_key)
        super().load_state(state)

    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        if not raise_errors:
            # Discovery: it needs no settings, so there is nothing to complain about.
            return []
        try:
            errors = super()._validate_config(raise_errors=raise_errors)
        except ConfigValidationError as error:
            raise SettingsError(f"The configuration is not valid: {self._plain(error)}.") from None
        # Read now, so that a fault the schema cannot see is told before anything is written.
        _ = self.settings
        return errors

    def _plain(self, error: ConfigValidationError) -> str:
        sentence = "; ".join(error.errors)
        secrets = (self._config.get(name) for name in ("api_url", "auth_token"))
        for secret in secrets:
            if secret:
                sentence = sentence.replace(repr(secret), "the value given")
        return sentence

    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        terminate(signum, frame)

    @classmethod
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        """Read the configuration files; one that cannot be read is a usage error."""
        try:
            return super().cb_config(ctx, param, value)
        except (OSError, ValueError) as error:
            raise click.BadParameter(f"cannot be read as JSON: {error}", ctx, param) from error

    @classmethod
    def get_singer_command(cls) -> click.Command:
        """The command, with our way to tell faults."""
        command = super().get_singer_command()
        return TapCommand(
            name=command.name,
            callback=command.callback,
            context_settings=command.context_settings,
            params=command.params,
            help=command.help,
            logger=cls.logger,
        )

"""How Singer messages leave the tap."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.helpers._state import StateWriter
from singer_sdk.singerlib import RecordMessage

from tap_deftunes_api.errors import OutputError

if TYPE_CHECKING:
    from singer_sdk.helpers.types import TapState
    from singer_sdk.singerlib.messages import Message


class BufferedWriter(MsgSpecWriter):
    """Writes messages to stdout, exact decimals included, and flushes after all but records.

    A window's records are followed by its STATE, so none of them is held back for long; a flush
    per record would be a system call per record.
    """

    def write_message(self, message: Message) -> None:
        """Write a message to stdout.

        Raises:
            OutputError: Nobody reads stdout any more.
        """
        try:
            sys.stdout.buffer.write(self.format_message(message))
            if not isinstance(message, RecordMessage):
                sys.stdout.flush()
        except BrokenPipeError:
            # What is still buffered must go somewhere, or Python complains when it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise OutputError(
                "The target stopped reading before all was written: its own log says why. "
                "Then run again: the state goes on from the last window it acknowledged."
            ) from None


class SilentStateWriter(StateWriter):
    """Takes the SDK's state messages and writes none of them.

    The SDK writes state when a sync begins, ends, is aborted or terminated. To a target any of
    these would say "what came before is complete", in the middle of a window too. The only STATE
    messages of this tap are those that a stream writes itself after a complete window.
    """

    def write_state(self, state: TapState) -> None:
        """Write nothing."""

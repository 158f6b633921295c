"""The command line's rim: every foreseen fault becomes one line and an exit status."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import simplejson  # type: ignore[import-untyped]
from singer_sdk.plugin_base import SingerCommand

from tap_deftunes_api.errors import TapError

if TYPE_CHECKING:
    from types import FrameType


class Terminated(SystemExit):
    """A signal ended the run. Left alone, it ends the process with the status shells expect."""

    def __init__(self, signum: int) -> None:
        super().__init__(128 + signum)
        self.signal_name = signal.Signals(signum).name


def terminate(signum: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a signal handler
    """Handle a signal by unwinding the main thread: nothing more is written, no STATE either."""
    raise Terminated(signum)


class TapCommand(SingerCommand):
    """The tap's command."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command; tell a foreseen fault in one sentence, without a traceback."""
        try:
            return super().main(*args, **kwargs)
        except TapError as error:
            self._fail(str(error))
        except simplejson.JSONDecodeError as error:
            self._fail(
                f"The file given by --state or --catalog is not JSON (line {error.lineno}): "
                "give a complete file."
            )
        except Terminated as signal_:
            self.logger.error(  # noqa: TRY400 - no fault of the code, so no traceback
                "Stopped by %s: the window being written is incomplete and has no STATE; "
                "the next run reads it again.",
                signal_.signal_name,
            )
            raise

    def _fail(self, sentence: str) -> NoReturn:
        self.logger.critical(sentence)
        sys.exit(1)

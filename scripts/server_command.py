"""The command line of a server of this project: what it says, and how it ends."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dies_with_parent import die_with
from interruption import Interrupted, raise_interruptions
from local_server import ServerError


@dataclass(frozen=True)
class ServerCommand:
    """What is typed for a server.

    Attributes:
        name: What each sentence begins with.
    """

    name: str

    def main(self, description: str | None, words: Mapping[str, Callable[[], None]]) -> int:
        """Run what was typed.

        Args:
            description: What the command is for.
            words: What each word does; `up` runs until it is interrupted.

        Returns:
            The exit status: 0 when it is done, or what ran was stopped; 1 when it failed; 128 and
            the signal's number when something else was interrupted.
        """
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("word", choices=words)
        word = parser.parse_args().word
        raise_interruptions()
        try:
            if word == "up":
                die_with(os.getppid())  # which Meltano, when it is interrupted, does not see to
            words[word]()
        except ServerError as fault:
            return self._fail(f"{fault}")
        except subprocess.CalledProcessError as failure:
            return self._fail(
                f"it could not be installed (uv's exit status {failure.returncode}, its own words "
                "are above): see that the package index is in reach and the disk has room."
            )
        except Interrupted as interruption:
            self.say("stopped.")
            return 0 if word == "up" else interruption.status
        return 0

    def say(self, sentence: str) -> None:
        """Tell who typed it."""
        print(f"{self.name}: {sentence}", flush=True)

    def _fail(self, sentence: str) -> int:
        print(f"{self.name}: {sentence}", file=sys.stderr, flush=True)
        return 1

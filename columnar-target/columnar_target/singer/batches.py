"""The BATCH messages of one input: each file is taken once, and removed when all is done."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from singer_sdk.singerlib.exceptions import InvalidInputLine

from columnar_target.singer.batch_files import BatchFile, files_of


class Batches:
    """The files that have been taken."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], BatchFile] = {}

    def take(self, message: dict[str, Any], line: int, place: str) -> Iterator[BatchFile]:
        """The files that a message names, which are now the target's.

        Args:
            message: A BATCH message, with all it must have.
            line: Its number in the input.
            place: Where this target keeps files: none of them is anybody's BATCH.

        Raises:
            InvalidInputLine: It is of a format that is not read, or names what is no BATCH file,
                or one that has been taken.
        """
        for file in files_of(message, line, place):
            if file.identity in self._files:
                raise InvalidInputLine(
                    f"Line {line} of the input is a BATCH message of stream {file.stream!r} that "
                    f"names {file.url} a second time: what it held before may be gone. Have the "
                    "tap give each file a name of its own."
                )
            self._files[file.identity] = file
            yield file

    def remove(self, logger: logging.Logger) -> None:
        """Remove all files: their rows are where they belong.

        Args:
            logger: Told about those that stay.
        """
        for file in self._files.values():
            try:
                file.remove()
            except OSError as fault:
                logger.warning(
                    "The BATCH file %s is loaded and could not be removed (%s): remove it.",
                    file.url,
                    type(fault).__name__,
                )

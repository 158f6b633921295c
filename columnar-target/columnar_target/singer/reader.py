"""Reads Singer messages as bytes, with every number exact."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import IO, Any, cast

import msgspec
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from singer_sdk.singerlib.exceptions import InvalidInputLine

from columnar_target.singer import lenient

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class ExactReader(GenericSingerReader[bytes]):
    """A message reader that decodes numbers to int and Decimal, and shows no content in errors.

    Attributes:
        lines: Messages read so far.
        line_bytes: Size of the latest message, or of the latest record that a BATCH brought.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0
        self.line_bytes = 0

    @property
    def default_input(self) -> IO[bytes]:
        """Standard input, as bytes."""
        return sys.stdin.buffer

    def deserialize_json(self, line: bytes) -> dict[str, Any]:
        """Decode one message.

        Raises:
            InvalidInputLine: The line is no JSON object; the text says which line, not what.
        """
        self.lines += 1
        self.line_bytes = len(line)
        try:
            message = _DECODER.decode(line)
        except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as fault:
            message = self._decode_leniently(line, fault)
        if not isinstance(message, dict):
            raise InvalidInputLine(
                f"Line {self.lines} of the input is JSON, but no Singer message (an object)."
            )
        return cast("dict[str, Any]", message)

    def _decode_leniently(self, line: bytes, fault: Exception) -> dict[str, Any]:
        try:
            return lenient.decode_record(line)
        except (ValueError, RecursionError):
            # the decoder's own words hold positions, never content; those of others may
            words = f" ({fault})" if isinstance(fault, msgspec.DecodeError) else ""
            raise InvalidInputLine(
                f"Line {self.lines} of the input is no JSON message{words}: the tap wrote "
                "something that is not Singer, or was cut off in the middle of a line."
            ) from None

    def assert_line_requires(  # type: ignore[override]  # the SDK's own shows the message
        self, line_dict: dict[str, Any], requires: set[str]
    ) -> None:
        """Refuse a message that lacks something, without showing what it holds.

        Raises:
            InvalidInputLine: One of the names is not in the message.
        """
        if not requires <= line_dict.keys():
            missing = sorted(requires - set(line_dict))
            raise InvalidInputLine(
                f"Line {self.lines} of the input is a message without {', '.join(missing)}: "
                "the tap wrote something that is not Singer."
            )

    def _process_unknown_message(self, message_dict: dict[str, Any]) -> None:
        del message_dict
        raise InvalidInputLine(
            f"Line {self.lines} of the input is a message of a type that Singer does not know."
        )

"""Dates and times as COPY reads them from text.

See "DATEFORMAT and TIMEFORMAT strings" (r_DATEFORMAT_and_TIMEFORMAT_strings).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from deftunes_redshift.errors import RedshiftError

_PARTS = {
    "YYYY": "%Y", "YY": "%y", "MON": "%b", "MM": "%m", "DD": "%d", "HH24": "%H", "HH12": "%I",
    "HH": "%H", "MI": "%M", "SS": "%S", "AM": "%p", "PM": "%p",
}  # fmt: skip
_PART = re.compile("|".join(_PARTS), re.IGNORECASE)
_DATE = "YYYY-MM-DD"
_TIMESTAMP = "YYYY-MM-DD HH24:MI:SS"
_PLAIN = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{2}):(\d{2})(\.\d{1,6})?)?")
_ZONED = re.compile(rf"(?P<moment>{_PLAIN.pattern})\s?(?P<zone>[+-]\d{{2}}(?::?\d{{2}})?|UTC)?")
_FRACTION = re.compile(r"(?<=:\d\d)(\.\d{1,6})")
_PER_SECOND = {"epochsecs": 1, "epochmillisecs": 1_000}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


class BadTimeError(Exception):
    """A text that is no date or time in the form that is asked for."""


def date_reader(written: str) -> Callable[[str], str]:
    """Read dates in a form.

    Args:
        written: What DATEFORMAT says; empty: `YYYY-MM-DD`.
    """
    if written == "auto":
        return _automatic(lambda moment: moment.date().isoformat())
    if written:
        return _formed(written, lambda moment: moment.date().isoformat(), "Date")

    def read(text: str) -> str:
        found = _PLAIN.fullmatch(text)
        if found is None:
            raise BadTimeError("Invalid Date Format - length must be 10 or more")
        try:
            return dt.date(*map(int, found.group(1, 2, 3))).isoformat()
        except ValueError as error:
            raise BadTimeError(f"Invalid date format or value [{_DATE}]") from error

    return read


def timestamp_reader(written: str, *, zoned: bool) -> Callable[[str], str]:
    """Read timestamps in a form.

    Args:
        written: What TIMEFORMAT says; empty: `YYYY-MM-DD HH:MI:SS`.
        zoned: Whether it is a TIMESTAMPTZ, whose texts may end in an offset from UTC.
    """
    if written in _PER_SECOND:
        return _epoch(_PER_SECOND[written])
    if written == "auto":
        return _automatic(lambda moment: _shown(moment, zoned=zoned))
    if written:
        return _formed(written, lambda moment: _shown(moment, zoned=zoned), "Timestamp")
    shown = f"{_TIMESTAMP}{'OF' * zoned}"

    def read(text: str) -> str:
        found = (_ZONED if zoned else _PLAIN).fullmatch(text)
        if found is None:
            raise BadTimeError(f"Invalid timestamp format or value [{shown}]")
        moment = found["moment"] if zoned else text
        zone = (found["zone"] or "UTC") if zoned else ""
        try:
            dt.datetime.strptime(  # noqa: DTZ007 - to see that there is such a day
                moment[:19], "%Y-%m-%d %H:%M:%S" if ":" in moment else "%Y-%m-%d"
            )
        except ValueError as error:
            raise BadTimeError(f"Invalid timestamp format or value [{shown}]") from error
        return f"{moment} {zone}".strip()

    return read


def _epoch(per_second: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(r"-?\d{1,18}", text):
            raise BadTimeError("Invalid timestamp format or value [epoch]")
        passed = dt.timedelta(microseconds=int(text) * 1_000_000 // per_second)
        return (_EPOCH + passed).isoformat(" ")

    return read


def _automatic(show: Callable[[dt.datetime], str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        iso = re.sub(r"Z$", "+00:00", text.replace("/", "-"))
        iso = re.sub(r"([+-]\d\d)$", r"\1:00", iso) if "T" in iso or " " in iso else iso
        iso = _FRACTION.sub(lambda match: f"{match[1]:0<7}", iso)
        try:
            return show(dt.datetime.fromisoformat(iso))
        except ValueError as error:
            raise BadTimeError("Invalid timestamp format or value [auto]") from error

    return read


def _formed(written: str, show: Callable[[dt.datetime], str], what: str) -> Callable[[str], str]:
    form = _PART.sub(lambda match: _PARTS[match[0].upper()], written.replace("%", "%%"))
    if form == written:
        raise RedshiftError(f"the stand-in does not know the format '{written}'", "0A000")

    def read(text: str) -> str:
        try:
            return show(dt.datetime.strptime(text, form))  # noqa: DTZ007 - a zone is put in `show`
        except ValueError as error:
            raise BadTimeError(f"Invalid {what} format or value [{written}]") from error

    return read


def _shown(moment: dt.datetime, *, zoned: bool) -> str:
    utc = moment if moment.tzinfo is None else moment.astimezone(dt.timezone.utc)
    return f"{utc.replace(tzinfo=None).isoformat(' ')}{'+00' * zoned}"

"""Same seed, same rows."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from deftunes_sandbox import SandboxSettings
from deftunes_sandbox.history import History
from deftunes_sandbox.rows import Span
from deftunes_sandbox.songs import all_songs

MARCH = "/sessions?start_date=2020-03-01&end_date=2020-03-31"
EVERY_ROW = Span(None, None)


def test_two_servers_of_one_seed_answer_alike_to_the_byte(api: Any, own_api: Any) -> None:
    own_api.ask("/sessions?start_date=2020-05-01&end_date=2020-06-03")  # not in the same order
    for path in (MARCH, "/users", "/users?start_date=2020-02-01&end_date=2020-12-31"):
        assert api.ask(path).body == own_api.ask(path).body


def test_another_seed_gives_other_sessions_users_and_songs(settings: SandboxSettings) -> None:
    other = dataclasses.replace(settings, seed=settings.seed + 1)
    ours, theirs = History(settings), History(other)
    ids = {row.body[12:48] for row in ours.users(EVERY_ROW)}
    assert len(ids & {row.body[12:48] for row in theirs.users(EVERY_ROW)}) == 3  # the published
    assert len(set(ours.sessions(EVERY_ROW)) & set(theirs.sessions(EVERY_ROW))) == 1
    songs = {song.track_id for song in all_songs(settings.seed, 500)}
    assert len(songs & {song.track_id for song in all_songs(other.seed, 500)}) == 11


def test_the_days_of_a_month_add_up_to_the_month(api: Any) -> None:
    month = api.sessions("2020-02-01..2020-02-29")
    days = [
        session
        for day in range(1, 30)
        for session in api.sessions(f"2020-02-{day:02}..2020-02-{day:02}")
    ]

    def by_id(session: dict[str, Any]) -> str:
        return str(session["session_id"])

    assert sorted(days, key=by_id) == sorted(month, key=by_id)


def test_song_n_is_the_same_whatever_the_total() -> None:
    few = list(all_songs(7, 150))
    many = list(all_songs(7, 12_000))
    assert (len(few), len(many)) == (150, 12_000)
    assert many[:150] == few
    assert len({song.track_id for song in many}) == 12_000


def test_purchases_are_the_same_whether_there_are_ten_thousand_songs_or_a_million(
    settings: SandboxSettings,
) -> None:
    ten, million = (
        History(dataclasses.replace(settings, songs=count)) for count in (10_000, 1_000_000)
    )
    assert ten.sessions(EVERY_ROW) == million.sessions(EVERY_ROW)


def test_the_rows_of_the_default_seed_never_change() -> None:
    """A new numpy or Python must not change what was loaded yesterday."""
    settings = SandboxSettings()
    history = History(settings)
    digest = hashlib.sha256()
    for row in history.users(EVERY_ROW) + history.sessions(EVERY_ROW):
        digest.update(row.body)
    for song in all_songs(settings.seed, settings.songs):
        digest.update(repr(tuple(song)).encode())
    assert digest.hexdigest()[:16] == "3c6e59cdb480d90c"


def test_the_default_history_is_that_of_a_shop_of_thousands() -> None:
    history = History(SandboxSettings())
    assert len(history.users(EVERY_ROW)) == 3_000
    assert 20_000 < len(history.sessions(EVERY_ROW)) < 30_000

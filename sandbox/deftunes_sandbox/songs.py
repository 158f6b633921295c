"""The songs of the shop: song `n` is a pure function of (seed, n), whatever the total."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from deftunes_sandbox.artists import artists
from deftunes_sandbox.draws import Domain, Draws, Ints, salt, singles, skew
from deftunes_sandbox.ids import million_song_ids
from deftunes_sandbox.published import Record, published
from deftunes_sandbox.vocabulary import ADJECTIVES, NOUNS, TITLE_ENDINGS

GENERATOR = 1  # to be raised when the same seed begins to mean other songs
BLOCK = 10_000  # songs that are drawn together
UNSOLD_BLOCK = 100  # numbers beyond the greatest table: songs that exist in purchases only

_SAME_SONG_SHARE = 0.01  # tracks that are another recording of the song before
_YEAR_UNKNOWN_SHARE = 0.52
_COVER_SHARE = 0.02


class Song(NamedTuple):
    """One row of `deftunes.songs`: the columns of the Million Song Dataset's track_metadata."""

    track_id: str
    title: str
    song_id: str
    release: str
    artist_id: str
    artist_mbid: str
    artist_name: str
    duration: float  # seconds, single precision
    artist_familiarity: float
    artist_hotttnesss: float
    year: int  # 0: unknown
    track_7digitalid: int
    shs_perf: int  # -1: none
    shs_work: int  # 0: none


def all_songs(seed: int, count: int) -> Iterator[Song]:
    """Make the first `count` songs, a block at a time, the published ones first."""
    for block in range(math.ceil(count / BLOCK)):
        yield from song_block(seed, block)[: count - block * BLOCK]


def song_block(seed: int, block: int) -> list[Song]:
    """Make the songs numbered `block * BLOCK` and on, `BLOCK` of them."""
    draws = Draws(seed, Domain.SONGS, block)
    numbers = np.arange(block * BLOCK, (block + 1) * BLOCK, dtype=np.uint64)
    credited = artists(seed, draws.uniform(BLOCK), draws.uniform(BLOCK))
    another = (draws.uniform(BLOCK) < _SAME_SONG_SHARE) & (numbers % np.uint64(BLOCK) > 0)
    song_numbers = numbers - another.astype(np.uint64)
    columns = (
        million_song_ids("TR", "128F", numbers, salt(seed, Domain.TRACK_IDS)),
        _titles(draws),
        million_song_ids("SO", "12A8", song_numbers, salt(seed, Domain.SONG_IDS)),
        _titles(draws),
        credited.ids,
        credited.mbids,
        credited.names,
        singles(60 + 480 * skew(draws.uniform(BLOCK))),
        credited.familiarity,
        credited.hotttnesss,
        _sometimes(draws, 1 - _YEAR_UNKNOWN_SHARE, 2011 - draws.below(88, BLOCK, skewed=True), 0),
        draws.below(9_999_000, BLOCK).tolist(),
        _sometimes(draws, _COVER_SHARE, draws.below(600_000, BLOCK), -1),
        _sometimes(draws, _COVER_SHARE, draws.below(250_000, BLOCK), 0),
    )
    songs = [Song(*row) for row in zip(*columns, strict=True)]
    if block == 0:
        known = published_songs(songs)
        songs[: len(known)] = known
    return songs


def published_songs(stand_ins: list[Song]) -> list[Song]:
    """List the published songs, and those that the published session bought.

    Of the bought ones, only what their purchase says is known: track, title and artist. The
    rest is taken from as many stand-ins.
    """
    known = [Song(**record) for record in published("songs")]
    bought = [item for session in published("sessions") for item in session["session_items"]]
    return known + [
        _as_bought(song, item)
        for song, item in zip(stand_ins[len(known) :], bought, strict=False)
        if item["song_id"] not in {song.track_id for song in known}
    ]


@functools.lru_cache(maxsize=4)
def shelf(seed: int, count: int) -> list[Song]:
    """List the songs that purchases are drawn from.

    A block at most, so that a purchase is the same whatever the total.
    """
    return song_block(seed, 0)[:count]


@functools.lru_cache(maxsize=2)
def unsold(seed: int) -> list[Song]:
    """List songs that are bought although the songs table never has them."""
    return song_block(seed, UNSOLD_BLOCK)


def _as_bought(song: Song, item: Record) -> Song:
    return song._replace(
        track_id=item["song_id"],
        title=item["song_name"],
        artist_id=item["artist_id"],
        artist_mbid="",
        artist_name=item["artist_name"],
    )


def _titles(draws: Draws) -> list[str]:
    adjectives = draws.below(len(ADJECTIVES), BLOCK).tolist()
    nouns = draws.below(len(NOUNS), BLOCK).tolist()
    others = draws.below(3 * len(NOUNS), BLOCK).tolist()
    endings = draws.below(len(TITLE_ENDINGS), BLOCK).tolist()
    return [
        f"{ADJECTIVES[adjective]} {NOUNS[noun]}"
        + (f" and {NOUNS[other]}" if other < len(NOUNS) else "")
        + TITLE_ENDINGS[ending]
        for adjective, noun, other, ending in zip(adjectives, nouns, others, endings, strict=True)
    ]


def _sometimes(draws: Draws, share: float, values: Ints, otherwise: int) -> list[int]:
    kept: list[int] = np.where(draws.uniform(BLOCK) < share, values, otherwise).tolist()
    return kept

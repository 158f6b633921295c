"""The artists: artist `n` is a pure function of (seed, n)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deftunes_sandbox.draws import Domain, Floats, Words, mix, salt, shares, singles, skew
from deftunes_sandbox.ids import million_song_ids, uuid4s
from deftunes_sandbox.vocabulary import ADJECTIVES, FIRST_NAMES, LAST_NAMES, NOUNS

ARTISTS = 44_745  # as many as the Million Song Dataset has
_NO_MBID_SHARE = 0.06
_OTHER_SPELLING_SHARE = 0.08
_HOTTTNESSS_ZERO_SHARE = 0.05


@dataclass(frozen=True)
class Artists:
    """Columns of artists, one row for each song."""

    ids: list[str]
    mbids: list[str]
    names: list[str]
    familiarity: list[float]
    hotttnesss: list[float]


def artists(seed: int, picks: Floats, spellings: Floats) -> Artists:
    """Give each song an artist, few artists having many songs.

    Args:
        seed: The sandbox's seed.
        picks: One number per song, 0 <= x < 1: which artist.
        spellings: One number per song, 0 <= x < 1: how the artist is spelled there.
    """
    numbers = (skew(picks) * ARTISTS).astype(np.uint64)
    unique, where = np.unique(numbers, return_inverse=True)
    ids = million_song_ids("AR", "1187", unique, salt(seed, Domain.ARTIST_IDS))
    mbids = _mbids(seed, unique)
    names = _names(_words(seed, unique, 1))
    partners = names[1:] + names[:1]
    familiarity = _shares(_words(seed, unique, 2), 0.0, 1.0)
    hotttnesss = _shares(_words(seed, unique, 3), _HOTTTNESSS_ZERO_SHARE, 1.1)
    rows = where.tolist()
    return Artists(
        ids=[ids[row] for row in rows],
        mbids=[mbids[row] for row in rows],
        names=[
            names[row] if spelling >= _OTHER_SPELLING_SHARE else _respelled(row, names, partners)
            for row, spelling in zip(rows, spellings.tolist(), strict=True)
        ],
        familiarity=[familiarity[row] for row in rows],
        hotttnesss=[hotttnesss[row] for row in rows],
    )


def _words(seed: int, numbers: Words, column: int) -> Words:
    return mix(numbers, salt(seed, Domain.ARTISTS, column))


def _mbids(seed: int, numbers: Words) -> list[str]:
    high, low = _words(seed, numbers, 4), _words(seed, numbers, 5)
    unknown = (shares(_words(seed, numbers, 6)) < _NO_MBID_SHARE).tolist()
    return ["" if no else mbid for no, mbid in zip(unknown, uuid4s(high, low), strict=True)]


def _shares(words: Words, zero_share: float, scale: float) -> list[float]:
    numbers = shares(words)
    return singles(np.where(numbers < zero_share, 0.0, numbers * scale))


def _names(words: Words) -> list[str]:
    return [_name(word) for word in words.tolist()]


def _name(word: int) -> str:
    kind, word = word % 8, word >> 3
    first, word = FIRST_NAMES[word % len(FIRST_NAMES)], word // len(FIRST_NAMES)
    last, word = LAST_NAMES[word % len(LAST_NAMES)], word // len(LAST_NAMES)
    adjective, word = ADJECTIVES[word % len(ADJECTIVES)], word // len(ADJECTIVES)
    noun, word = NOUNS[word % len(NOUNS)], word // len(NOUNS)
    initial = chr(ord("A") + word % 26)
    patterns = (
        f"{first} {initial}. {last}",
        f"{first} {last}",
        f"The {adjective} {noun}s",
        f"{adjective} {noun}",
        f"{first} & The {noun}s",
        f"{last} {adjective} {noun}",
        f"{first} {last}_ {noun} {initial}",
        f"DJ {last} {initial}",
    )
    return patterns[kind]


def _respelled(row: int, names: list[str], partners: list[str]) -> str:
    name = names[row]
    if row % 3 == 0:
        return f"{name} feat. {partners[row]}"
    if row % 3 == 1:
        return f"{name} / {partners[row]}"
    return name.upper()

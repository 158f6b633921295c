"""Random numbers that are a pure function of (seed, domain, index).

numpy promises that the raw words of the Philox bit generator never change, but not what its
distributions make of them; so the few distributions needed here are computed from the words.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_INDEX_BITS = 48
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


class Domain(IntEnum):
    """What is drawn: each has numbers of its own, so that none shifts another."""

    SONGS = 1
    ARTISTS = 2
    USERS = 3
    SESSIONS = 4
    TRACK_IDS = 5
    SONG_IDS = 6
    ARTIST_IDS = 7


class Draws:
    """A stream of draws, the same for the same (seed, domain, index)."""

    def __init__(self, seed: int, domain: Domain, index: int) -> None:
        key = np.array([seed, (int(domain) << _INDEX_BITS) | index], dtype=np.uint64)
        self._bits = np.random.Philox(key=key)

    def words(self, count: int) -> Words:
        """Draw 64-bit words."""
        return np.atleast_1d(self._bits.random_raw(count)).astype(np.uint64)

    def uniform(self, count: int) -> Floats:
        """Draw floats, 0 <= x < 1."""
        return shares(self.words(count))

    def below(self, bound: int, count: int, *, skewed: bool = False) -> Ints:
        """Draw whole numbers, 0 <= n < bound; skewed, the small ones come most often."""
        drawn = self.uniform(count)
        return ((skew(drawn) if skewed else drawn) * bound).astype(np.int64)


def shares(words: Words) -> Floats:
    """Turn 64-bit words into floats, 0 <= x < 1."""
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def skew(even: Floats) -> Floats:
    """Favour the small shares: squared, since other powers differ from processor to processor."""
    return even * even


def mix(numbers: Words, salted: int) -> Words:
    """Scatter 64-bit numbers one-to-one (the finaliser of SplitMix64)."""
    words: Words = numbers + np.uint64(salted)
    for shift, factor in _MIX:
        words = (words ^ (words >> np.uint64(shift))) * np.uint64(factor)
    return words ^ (words >> np.uint64(31))


def salt(seed: int, domain: Domain, column: int = 0) -> int:
    """Make a salt for `mix`, unrelated to that of any other (seed, domain, column)."""
    return int(Draws(seed, domain, column).words(1)[0])


def singles(numbers: Floats) -> list[float]:
    """Round to single precision, as the shortest decimals that name the same single."""
    return [float(text) for text in numbers.astype(np.float32).astype(str)]

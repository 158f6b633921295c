"""Identifiers in the shapes that the sources use."""

from __future__ import annotations

import numpy as np

from deftunes_sandbox.draws import Words, mix

_HEX_BITS = 28
_HEX_MASK = (1 << _HEX_BITS) - 1
_ODD = 0x9E3779B1  # odd, so that multiplying by it is one-to-one modulo any power of two
_LETTERS = 26


def million_song_ids(prefix: str, middle: str, numbers: Words, salt: int) -> list[str]:
    """Make Million Song Dataset ids: prefix, five letters, middle, hexadecimal digits.

    Args:
        prefix: Two letters: `TR` (track), `SO` (song), `AR` (artist).
        middle: Four characters as they stand in the dataset, such as `128F`.
        numbers: What to name; different numbers below 2**28 get different ids.
        salt: Another salt gives other ids.

    Returns:
        Ids of 18 characters.
    """
    scattered = mix(numbers, salt)
    digits = (numbers * np.uint64(_ODD) + np.uint64(salt & _HEX_MASK)) & np.uint64(_HEX_MASK)
    letters = [
        (ord("A") + (scattered >> np.uint64(12 * place)) % np.uint64(_LETTERS)).astype(np.uint8)
        for place in range(5)
    ]
    words = np.stack(letters, axis=1).tobytes().decode("ascii")
    return [
        f"{prefix}{words[5 * row : 5 * row + 5]}{middle}{digit:07X}"
        for row, digit in enumerate(digits.tolist())
    ]


def uuid4s(high: Words, low: Words) -> list[str]:
    """Make random (version 4) uuids from two 64-bit words each."""
    texts = []
    for left, right in zip(high.tolist(), low.tolist(), strict=True):
        first = f"{left & 0xFFFFFFFFFFFF0FFF | 0x4000:016x}"
        last = f"{right & 0x3FFFFFFFFFFFFFFF | 0x8000000000000000:016x}"
        texts.append(f"{first[:8]}-{first[8:12]}-{first[12:]}-{last[:4]}-{last[4:]}")
    return texts

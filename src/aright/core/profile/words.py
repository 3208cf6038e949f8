"""Category values as text of bounded length, and a hash of them that is the same in every process."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.profile.distinct import Hashes

LONGEST: Final = 128
"""Longer values (characters) are cut and marked with a checksum of the whole."""

WHOLE: Final = 112
"""Characters that are left of these: a value of no more than this stands for itself in any case."""


def bounded(value: str) -> str:
    """Return the value, or its first 112 characters and a checksum of the whole where it is too long.

    >>> bounded("north"), len(bounded("x" * 5_000))
    ('north', 121)
    """
    if len(value) <= LONGEST:
        return value
    return marked(value, zlib.crc32(value.encode("utf-8", "surrogatepass")))


def marked(value: str, checksum: int) -> str:
    """Return how a value that is too long is called: its first 112 characters and a checksum of the whole.

    >>> marked("x" * 200, 255)[-12:]
    'xxx#000000ff'
    """
    return f"{value[:WHOLE]}#{checksum:08x}"


def text_of(value: object) -> str:
    r"""Return a category's value as text: booleans as JSON has them, broken bytes escaped.

    >>> text_of(True), text_of(b"caf\xe9"), text_of("x")
    ('true', 'caf\\xe9', 'x')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return bounded(value.decode("utf-8", "backslashreplace"))
    return bounded(str(value))


def hash_words(words: Iterable[str]) -> Hashes:
    """Return a 32-bit hash of each word: its CRC-32, mixed (finaliser of MurmurHash3).

    >>> hash_words(["a", "b"]).tolist() == hash_words(["a", "b"]).tolist()
    True
    """
    sums = np.fromiter((zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words), np.uint32)
    sums ^= sums >> np.uint32(16)
    sums *= np.uint32(0x85EB_CA6B)
    sums ^= sums >> np.uint32(13)
    sums *= np.uint32(0xC2B2_AE35)
    return sums ^ (sums >> np.uint32(16))

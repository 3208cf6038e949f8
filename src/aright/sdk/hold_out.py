"""Hold-out: a small random share of refusals that are answered otherwise, so that their labels are seen."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_RANGE: Final = 2**64


def held_out(unit: str, share: float, *, salt: str) -> bool:
    """Return whether a unit belongs to the hold-out: whatever would be refused it is let through.

    It is decided by a keyed hash, so a unit gets the same answer from every process, version and retry, and
    nobody who does not know the salt can tell who is in it. Report such an answer with what the model said
    (``label="declined"``), not with what was done, and the attribute ``held_out``: ``"yes"``.

    Args:
        unit: whom the answer is for, such as an account or a card.
        share: of the units, in [0, 1]; keep it small, and leave out refusals that may never be let through.
        salt: a secret of the service; a new one draws other units.

    Raises:
        ValueError: if the share is not in [0, 1].

    >>> sum(held_out(f"card-{n}", 0.05, salt="s") for n in range(10_000))
    503
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share {share!r} is not in [0, 1]: write 0.01 for one in a hundred")
    key = blake2b(salt.encode(), digest_size=32).digest()
    drawn = int.from_bytes(blake2b(unit.encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest())
    return drawn < share * _RANGE

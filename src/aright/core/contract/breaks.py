"""A broken promise of an endpoint's documents."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from aright.core.model.times import Micros, clock_text

Grade: TypeAlias = Literal["breaking", "suspicious", "harmless"]
"""``breaking``: readers of the documents will fail or be wrong; ``suspicious``: something is not what it was;
``harmless``: told, never an alarm, such as a new optional field."""

GRADES: Final[tuple[Grade, ...]] = ("breaking", "suspicious", "harmless")


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which documents are no longer what they were; all that moved at one path is one break.

    Attributes:
        path: where, such as ``items[].price``.
        kind: what is most telling: ``missing``, ``type``, ``null``, ``format``, ``decimals``, ``numbers``,
            ``new values``, ``shares``, ``length``, ``array``, ``relation``, ``repeats``, ``new field`` …
        grade: how bad.
        before: the most telling figure as it usually is, in its own unit (shares in [0, 1]).
        now: the same in this window.
        effect: how far it moved: the difference of shares, or of logarithms.
        p_value: of the most telling figure, adjusted for all figures of the contract together (Holm).
        sentence: all of it in words, without the time; escaped and of at most 300 characters.
        others: paths that broke with it, such as a field's new name.
        since: when it began (µs, UTC); the caller's to fill, who knows the windows before.
    """

    path: str
    kind: str
    grade: Grade
    before: float
    now: float
    effect: float
    p_value: float
    sentence: str
    others: tuple[str, ...] = ()
    since: Micros | None = None

    def told(self) -> str:
        """Return the sentence with its time.

        >>> Break(path="price", kind="decimals", grade="breaking", before=2, now=0, effect=1, p_value=0,
        ...       sentence="`price` went from 2 decimals to 0", since=50_520_000_000).told()
        '`price` went from 2 decimals to 0 since 14:02'
        """
        return self.sentence if self.since is None else f"{self.sentence} since {clock_text(self.since)[:5]}"

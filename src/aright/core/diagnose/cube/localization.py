"""What a localisation says: reach, roots, and health outside of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aright.core.model.evidence import Reach


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval, each in [0, 1]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Root:
    """One part that deviates by itself.

    Attributes:
        conditions: pairs of attribute and value (or interval), in the columns' order.
        where: the SQL condition that selects its rows.
        sentence: what happened to it.
        share: of all that deviates, with an interval.
        actual: what it shows now: a sum of values, or a rate of loss.
        expected: the same as expected.
        gain: evidence for it (nats).
        p_value: bound on the chance that noise alone makes *any* part look so clear.
    """

    conditions: tuple[tuple[str, str], ...]
    where: str
    sentence: str
    share: Share
    actual: float
    expected: float
    gain: float
    p_value: float


@dataclass(frozen=True)
class Outside:
    """How all that is in no root does.

    Attributes:
        actual: a sum of values, or a rate of loss.
        expected: the same as expected.
        low: of ``actual / expected``: lower end of the 95 % interval.
        high: upper end.
        sentence: the same in words.
    """

    actual: float
    expected: float
    low: float
    high: float
    sentence: str


@dataclass(frozen=True)
class Localization:
    """Where a deviation sits.

    Attributes:
        reach: global, segments, a shift of the mix, or not enough data.
        roots: the parts that deviate by themselves, the clearest first; where the reach is global, those that
            deviate beyond what all do.
        outside: health of all the rest.
        common: the factor that all share, 1 where there is none.
        sentence: all of it in words.
        looked_at: how many parts could have been named.
    """

    reach: Reach
    roots: tuple[Root, ...]
    outside: Outside
    common: float
    sentence: str
    looked_at: int

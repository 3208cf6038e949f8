"""What is looked at in every window, as the whole of the reference says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.contract.keys import FAMILIES
from aright.core.contract.summary import JOINED

if TYPE_CHECKING:
    from aright.core.contract.summary import Channel, PathSummary, Summary

CUTS: Final = (0.005, 0.1, 0.25, 0.5, 0.75, 0.9, 0.995)
"""The quantiles of the reference at which the numbers of a window are cut."""

_TOP_SHARE: Final = 0.02
_TOPS: Final = 12
_HELD: Final = 0.97


class Scale(msgspec.Struct, frozen=True):
    """How the numbers of one channel are compared.

    Attributes:
        kind: ``log`` where all numbers are above zero, so that differences are ratios; else ``asinh``; and
            ``plain`` where they drift, for counters and clocks drift evenly.
        size: the size of usual numbers.
        cuts: the reference's quantiles at ``CUTS``.
    """

    kind: str
    size: float
    cuts: list[float]

    def scaled(self, value: float) -> float:
        """Return a number on the scale.

        >>> Scale("log", 1.0, []).scaled(math.e), Scale("asinh", 2.0, []).scaled(0.0)
        (1.0, 0.0)
        """
        if self.kind == "plain":
            return value / self.size
        if self.kind == "log" and value > 0:
            return math.log(value)
        return math.asinh(value / self.size)


class Lens(msgspec.Struct, frozen=True):
    """What is looked at.

    Attributes:
        scales: ``path␟channel`` → how its numbers are compared.
        tops: ``path␟family`` → the cells that are followed one by one.
        known: ``path␟family`` → all cells seen, where they are few; ``path␟path␟link`` →
            all pairs of values that came together.
        places: path of an object → key → its mean place.
        relations: products and sums that held, by their joined names.
        drifting: ``path␟channel`` of numbers that go one way, such as counters.
    """

    scales: dict[str, Scale] = {}
    tops: dict[str, list[str]] = {}
    known: dict[str, frozenset[str]] = {}
    places: dict[str, dict[str, float]] = {}
    relations: list[str] = []
    drifting: list[str] = []


def lens_of(pooled: Summary) -> Lens:
    """Return what the reference as a whole says is worth looking at."""
    scales: dict[str, Scale] = {}
    tops: dict[str, list[str]] = {}
    known: dict[str, frozenset[str]] = {}
    for path, found in pooled.paths.items():
        for channel, numbers in found.channels.items():
            scales[f"{path}{JOINED}{channel}"] = _scale(numbers)
        for family in FAMILIES:
            _look_at(path, family, found, tops, known)
    places: dict[str, dict[str, float]] = {}
    relations: list[str] = []
    for name, sums in pooled.sums.items():
        head, *parts = name.split(JOINED)
        if head == "place":
            places.setdefault(parts[0], {})[parts[1]] = sums[1] / sums[0]
        elif head in ("times", "plus") and sums[0] >= 20 and sums[1] >= _HELD * sums[0]:
            relations.append(name)
    for name, cells in pooled.links.items():
        if cells.exact:
            known[f"{name}{JOINED}link"] = frozenset(cells.counts)
    return Lens(scales, tops, known, places, relations)


def without(lens: Lens, drifting: set[str]) -> Lens:
    """Return the lens for numbers (``path␟channel``) that drift: their level alone is followed."""
    own = {name.replace(f"{JOINED}number", f"{JOINED}value") for name in drifting}
    return msgspec.structs.replace(
        lens,
        drifting=sorted(drifting),
        scales=lens.scales
        | {
            name: Scale("plain", max(abs(lens.scales[name].cuts[3]), 1e-9), lens.scales[name].cuts)
            for name in drifting
        },
        tops={name: cells for name, cells in lens.tops.items() if name not in own},
        known={name: cells for name, cells in lens.known.items() if name not in own},
    )


def is_moving(found: PathSummary) -> bool:
    """Whether the values are times, whose set is never closed."""
    return "age" in found.channels


def _look_at(
    path: str,
    family: str,
    found: PathSummary,
    tops: dict[str, list[str]],
    known: dict[str, frozenset[str]],
) -> None:
    cells = found.cells.get(family)
    if cells is None or (family == "value" and is_moving(found)):
        return
    often = [value for value, count in cells.counts.items() if count >= _TOP_SHARE * cells.n]
    often.sort(key=lambda value: (-cells.counts[value], value))
    if often:
        tops[f"{path}{JOINED}{family}"] = often[:_TOPS]
    if cells.exact and family != "cents":
        known[f"{path}{JOINED}{family}"] = frozenset(cells.counts)


def _scale(numbers: Channel) -> Scale:
    cuts = [float(x) for x in numbers.quantiles(CUTS)]
    _, _, quarter, middle, three, _, high = cuts
    if numbers.minimum > 0:
        return Scale("log", 1.0, cuts)
    return Scale("asinh", max(abs(middle), three - quarter, high / 10, 1e-9), cuts)

"""The names of the figures that a contract follows, and how to read them from a summary."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.contract.paths import ELEMENT, ENTRY, ROOT
from aright.core.contract.summary import JOINED, could_have

if TYPE_CHECKING:
    from aright.core.contract.cells import Cells
    from aright.core.contract.lens import Lens, Scale
    from aright.core.contract.summary import Channel, PathSummary, Summary

FAMILIES: Final = ("value", "shape", "alphabet", "length", "cents")
_SPREAD_FLOOR: Final = 1e-4
_VARIES: Final = 1e-6
"""The least variance over the mean square of a column that is not taken for constant."""
_FEWEST: Final = 8
_FEWEST_IN_SPREAD: Final = 20
_FEWEST_IN_GROUP: Final = 10
_HEAVY: Final = 2.0
"""How much wider than between normal columns Fisher's z is taken to be: real columns have heavier tails."""


class Key(NamedTuple):
    """Which figure.

    Attributes:
        path: whose.
        kind: what of it: ``class:mark``, ``cell:FAMILY``, ``novel:FAMILY``, ``middle:CHANNEL`` …
        part: the cell, or the other paths it is about; empty where there is none.
    """

    path: str
    kind: str
    part: str = ""


class Rate(NamedTuple):
    """How many of how many."""

    k: int
    n: int


class Level(NamedTuple):
    """A number, how many values it was made from, and the standard error that they themselves show."""

    value: float
    n: int
    error: float = 0.0


def read_rate(summary: Summary, key: Key, lens: Lens) -> Rate | None:
    """Return a share's count in a window, or None where there was nothing to look at."""
    head, _, tail = key.kind.partition(":")
    if head in ("both", "gap", "times", "plus"):
        return _relation(summary, key, head, tail)
    if head == "link":
        return _new_links(summary.links.get(f"{key.path}{JOINED}{key.part}"), key, lens)
    found = summary.paths.get(key.path)
    if head == "parent":
        return _presence(summary, key.path, found)
    return None if found is None else _of_path(found, key, lens)


def _of_path(found: PathSummary, key: Key, lens: Lens) -> Rate | None:
    """Return a share that is of one path alone."""
    head, _, tail = key.kind.partition(":")
    if head in ("cell", "novel", "again"):
        return _of_cells(found, head, tail, key, lens)
    if head == "under":
        return _under(found, tail, key, lens)
    if head == "order":
        return _inversions(found, lens.places.get(key.path, {}))
    base = found.bases.get(head, 0)
    return Rate(min(found.counts.get(key.kind, 0), base), base) if base else None


def _new_links(cells: Cells | None, key: Key, lens: Lens) -> Rate | None:
    """Return how many records join two values of categories, both known, that never came together."""
    known = lens.known.get(f"{key.path}{JOINED}{key.part}{JOINED}link")
    if cells is None or known is None:
        return None
    one = lens.known.get(f"{key.path}{JOINED}value", frozenset())
    two = lens.known.get(f"{key.part}{JOINED}value", frozenset())
    k = n = 0
    for pair, count in cells.counts.items():
        first, _, second = pair.partition(" ∧ ")
        if first in one and second in two:
            n, k = n + count, k + (count if pair not in known else 0)
    return Rate(k, n) if n else None


def rates_of(summary: Summary, lens: Lens) -> dict[str, Rate]:
    """Return most shares of a window by their joined names at once; ``read_rate`` knows the others."""
    rates: dict[str, Rate] = {}
    for path, found in summary.paths.items():
        for kind, k in found.counts.items():
            n = found.bases.get(kind.partition(":")[0], 0)
            if n:
                rates[f"{path}{JOINED}{kind}{JOINED}"] = Rate(min(k, n), n)
        _rates_of_values(path, found, lens, rates)
    for name, sums in summary.sums.items():
        if name.startswith("pair"):
            _, one, two = name.split(JOINED)
            n = int(sums[0])
            rates[f"{one}{JOINED}both:less{JOINED}{two}"] = Rate(int(sums[1]), n)
            rates[f"{one}{JOINED}both:equal{JOINED}{two}"] = Rate(int(sums[2]), n)
    return rates


def _rates_of_values(path: str, found: PathSummary, lens: Lens, rates: dict[str, Rate]) -> None:
    """Add the shares of numbers up to each cut and of the cells that are followed."""
    for channel, numbers in found.channels.items():
        scale = lens.scales.get(f"{path}{JOINED}{channel}")
        if scale is not None:
            n = numbers.n
            for place, k in enumerate(numbers.under(scale.cuts)):
                rates[f"{path}{JOINED}under:{channel}{JOINED}{place}"] = Rate(k, n)
    for family, cells in found.cells.items():
        for cell in lens.tops.get(f"{path}{JOINED}{family}", ()):
            rates[f"{path}{JOINED}cell:{family}{JOINED}{cell}"] = Rate(cells.counts.get(cell, 0), cells.n)


def levels_of(summary: Summary, lens: Lens) -> dict[str, Level]:
    """Return all levels of a window by their joined names."""
    levels: dict[str, Level] = {}
    for path, found in summary.paths.items():
        for channel, numbers in found.channels.items():
            scale = lens.scales.get(f"{path}{JOINED}{channel}")
            if scale is not None:
                _channel_levels(f"{path}{JOINED}", channel, numbers, scale, levels)
    _levels_of_sums(summary, levels)
    return levels


def _channel_levels(
    path: str, channel: str, numbers: Channel, scale: Scale, levels: dict[str, Level]
) -> None:
    """Add the mean, of logarithms where all numbers are above zero, and the spread of logarithms."""
    n, total, squares = numbers.logs
    if scale.kind == "log" and n:
        error = math.sqrt(max(squares / n - (total / n) ** 2, 0.0) / n)
        levels[f"{path}mean:{channel}{JOINED}"] = Level(total / n, int(n), error)
    else:
        size = numbers.n
        levels[f"{path}mean:{channel}{JOINED}"] = Level(scale.scaled(numbers.total / size), size)
    if n >= _FEWEST_IN_SPREAD and channel == "number":
        spread = math.sqrt(max(squares / n - (total / n) ** 2, 0.0))
        levels[f"{path}spread:{channel}{JOINED}"] = Level(math.log(spread + 1e-3), int(n))


def _levels_of_sums(summary: Summary, levels: dict[str, Level]) -> None:
    """Add the levels that relate paths: ratios, how they go together, gaps of times, means by category."""
    for name, sums in summary.sums.items():
        if sums[0] < _FEWEST or name.startswith("place"):
            continue
        head, *parts = name.split(JOINED)
        if head == "ratio":
            _ratio_levels(parts, sums, levels)
            _bond_levels("together", parts, sums, levels)
        elif head == "bond":
            _bond_levels("together plainly", parts, sums, levels)
        elif head == "gap":
            n, _, _, total, squares = sums
            spread = math.sqrt(max(squares / n - (total / n) ** 2, 0.0))
            levels[f"{parts[0]}{JOINED}gap level{JOINED}{parts[1]}"] = Level(math.asinh(total / n), int(n))
            levels[f"{parts[0]}{JOINED}gap spread{JOINED}{parts[1]}"] = Level(math.asinh(spread), int(n))
        elif head == "group" and sums[0] >= _FEWEST_IN_GROUP:
            path, value, number = parts
            joined = f"{number}{JOINED}group level{JOINED}{path}{JOINED}{value}"
            mean = sums[1] / sums[0]
            error = math.sqrt(max(sums[2] / sums[0] - mean * mean, 0.0) / sums[0])
            levels[joined] = Level(mean, int(sums[0]), error)


def _ratio_levels(parts: list[str], sums: list[float], levels: dict[str, Level]) -> None:
    """Add the mean and the spread of the logarithm of a ratio."""
    n, x, y, xx, yy, xy = sums
    first, second = parts
    mean = (y - x) / n
    spread = math.sqrt(max((xx + yy - 2 * xy) / n - mean * mean, 0.0))
    size = int(n)
    levels[f"{first}{JOINED}ratio level{JOINED}{second}"] = Level(mean, size, spread / math.sqrt(n))
    told = math.log(max(spread, _SPREAD_FLOOR))
    levels[f"{first}{JOINED}ratio spread{JOINED}{second}"] = Level(told, size)


def _bond_levels(kind: str, parts: list[str], sums: list[float], levels: dict[str, Level]) -> None:
    """Add how closely two columns go together: Fisher's z."""
    n, x, y, xx, yy, xy = sums
    one, two = xx / n - (x / n) ** 2, yy / n - (y / n) ** 2
    if one > _VARIES * xx / n and two > _VARIES * yy / n:
        r = (xy / n - x * y / (n * n)) / math.sqrt(one * two)
        z = math.atanh(min(max(r, -0.9999), 0.9999))
        error = _HEAVY / math.sqrt(max(n - 3, 1))
        levels[f"{parts[0]}{JOINED}{kind}{JOINED}{parts[1]}"] = Level(z, int(n), error)


def _presence(summary: Summary, path: str, found: PathSummary | None) -> Rate | None:
    if path == ROOT or path.endswith((ELEMENT, ENTRY)):
        return None
    if found is not None:
        return Rate(min(found.counts.get("parent:present", 0), found.bases["parent"]), found.bases["parent"])
    objects = could_have(summary, path)
    return Rate(0, objects) if objects else None


def _of_cells(found: PathSummary, head: str, family: str, key: Key, lens: Lens) -> Rate | None:
    cells = found.cells.get(family)
    if cells is None or not cells.n:
        return None
    if head == "cell":
        return Rate(cells.counts.get(key.part, 0), cells.n)
    if head == "again":
        rows, distinct = cells.light()
        return Rate(rows - distinct, rows) if rows else None
    known = lens.known.get(f"{key.path}{JOINED}{family}")
    if known is None:
        return None
    new = sum(count for value, count in cells.counts.items() if value not in known)
    return Rate(new, cells.n if cells.exact else sum(cells.counts.values()))


def _under(found: PathSummary, channel: str, key: Key, lens: Lens) -> Rate | None:
    numbers = found.channels.get(channel)
    scale = lens.scales.get(f"{key.path}{JOINED}{channel}")
    if numbers is None or scale is None:
        return None
    return Rate(numbers.under(scale.cuts)[int(key.part)], numbers.n)


def _inversions(found: PathSummary, places: dict[str, float]) -> Rate | None:
    order = found.cells.get("order")
    if order is None:
        return None
    k = n = 0
    for pair, count in order.counts.items():
        one, _, two = pair.partition(JOINED)
        if one in places and two in places:
            n += count
            k += count if places[one] > places[two] else 0
    return Rate(k, n) if n else None


def _relation(summary: Summary, key: Key, head: str, mark: str) -> Rate | None:
    sums = summary.sums.get(JOINED.join(("pair" if head == "both" else head, key.path, key.part)))
    if head in ("times", "plus"):
        if sums is not None:
            return Rate(int(sums[1]), int(sums[0]))
        return _unmet(summary, [key.path, *key.part.split(JOINED)])
    if sums is None:
        return None
    return Rate(int(sums[1] if mark == "less" else sums[2]), int(sums[0]))


def _unmet(summary: Summary, names: list[str]) -> Rate | None:
    """Return the most that a relation can have held where it was not noted: in a quarter of the rows."""
    first, second = sorted(names[:2])
    pair = summary.sums.get(JOINED.join(("pair", first, second)))
    third = summary.sums.get(JOINED.join(("pair", *sorted((first, names[2])))))
    if pair is None or third is None:
        return None
    n = int(min(pair[0], third[0]))
    return Rate(n // 4, n) if n else None

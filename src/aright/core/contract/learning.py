"""Windows of documents → the contract that they keep."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from aright.core.contract.baselines import LevelBaseline, RateBaseline, learn_level, learn_rate
from aright.core.contract.contract import Contract, KnownPath
from aright.core.contract.keys import (
    FAMILIES,
    Key,
    Level,
    Rate,
    levels_of,
    rates_of,
    read_rate,
)
from aright.core.contract.lens import CUTS, Lens, is_moving, lens_of, without
from aright.core.contract.paths import ROOT
from aright.core.contract.season import clock_of
from aright.core.contract.summary import JOINED, Summary, merge_summaries
from aright.core.model.times import DAY, HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.contract.cells import Cells
    from aright.core.contract.season import Design
    from aright.core.contract.summary import PathSummary

FEWEST_WINDOWS: Final = 4
_FEWEST_LEVELS: Final = 8
_ALWAYS: Final = 0.8  # of the windows; what only some hours have cannot be foretold at the others
_STEADY: Final = math.log(0.5)
_PLAINLY: Final = f"{JOINED}together plainly{JOINED}"
_BY_LOGS: Final = f"{JOINED}together{JOINED}"
"""Numbers above zero go together by their logarithms, whose tails are shorter."""
_BLOCKS: Final = 4
_OPEN: Final = 0.2
_FORM: Final = 0.98
_ALMOST_UNIQUE: Final = 0.02


class TooLittleHistoryError(ValueError):
    """There are too few windows to know how much they vary."""


def learn(windows: Sequence[Summary]) -> Contract:
    """Return the contract that these windows keep.

    Args:
        windows: of one endpoint, at least 4, of one width and any times; 30 or more over two days or more let
            it know the day's course. Leave out those of incidents.

    Raises:
        TooLittleHistoryError: with fewer windows that hold documents.
    """
    held = sorted((window for window in windows if window.documents), key=lambda window: window.start)
    if len(held) < FEWEST_WINDOWS:
        raise TooLittleHistoryError(
            f"a contract is learnt from at least {FEWEST_WINDOWS} windows, and {len(held)} of "
            f"{len(windows)} hold documents: collect more, or import a schema"
        )
    pooled = merge_summaries(held)
    lens = lens_of(pooled)
    starts = [window.start for window in held]
    clock = clock_of(starts)
    design = clock.design(starts)
    levels = _learn_levels(held, lens, design)
    drifting = _drifting(levels, lens)
    if drifting:
        lens = without(lens, drifting)
        levels = _learn_levels(held, lens, design)
    rates = _learn_rates(held, pooled, lens, design)
    rates.update(_learn_new(held, pooled, lens, design))
    return Contract(
        windows=len(held),
        documents=pooled.documents,
        clock=clock,
        covered=_covered(starts),
        paths={path: _known(path, found, held, lens) for path, found in pooled.paths.items()},
        lens=lens,
        rates=rates,
        levels=levels,
    )


def _covered(starts: Iterable[int]) -> tuple[int, ...]:
    """Return the hours of the day within two hours of a window."""
    hours = {start % DAY // HOUR for start in starts}
    return tuple(hour for hour in range(24) if any((hour + gap) % 24 in hours for gap in range(-2, 3)))


def _known(path: str, found: PathSummary, windows: Sequence[Summary], lens: Lens) -> KnownPath:
    texts = found.bases.get("text", 0)
    marks = {name.partition(":")[2]: k for name, k in found.counts.items() if name.startswith("text:")}
    return KnownPath(
        bases=found.bases,
        types=_marked(found, "value:"),
        present=found.counts.get("parent:present", 0),
        decimals=_marked(found, "digits:"),
        busiest={
            family: max((_busiest(window, path, family, lens) for window in windows), default=0.0)
            for family in (*FAMILIES, "document")
            if family in found.cells
        },
        forms=tuple(mark for mark, k in marks.items() if k >= _FORM * texts > 0),
    )


def _marked(found: PathSummary, head: str) -> dict[str, int]:
    return {name[len(head) :]: k for name, k in found.counts.items() if name.startswith(head)}


def _busiest(window: Summary, path: str, family: str, lens: Lens) -> float:
    """Return the largest share of any cell that is not followed by itself."""
    cells = _cells_at(window, path, family)
    if cells is None or not cells.n:
        return 0.0
    tops = lens.tops.get(f"{path}{JOINED}{family}", ())
    return max((count for value, count in cells.counts.items() if value not in tops), default=0) / cells.n


def keys_of(summary: Summary, lens: Lens) -> set[Key]:
    """Return the shares that a window can be asked for."""
    keys: set[Key] = set()
    for path, found in summary.paths.items():
        keys.update(Key(path, name) for name in found.counts)
        keys.update(Key(path, "present:null") for _ in (1,) if found.bases["present"])
        if "order" in found.cells:
            keys.add(Key(path, "order:turned"))
    for name in summary.sums:
        head, *parts = name.split(JOINED)
        if head == "pair":
            keys.update(Key(parts[0], kind, parts[1]) for kind in ("both:less", "both:equal"))
        elif head == "gap":
            keys.update(Key(parts[0], kind, parts[1]) for kind in ("gap:less", "gap:equal"))
    for name in lens.relations:
        head, path, *parts = name.split(JOINED)
        keys.add(Key(path, head, JOINED.join(parts)))
    for name, tops in lens.tops.items():
        path, family = name.split(JOINED)
        keys.update(Key(path, f"cell:{family}", cell) for cell in tops)
    for name in lens.scales.keys() - set(lens.drifting):
        path, channel = name.split(JOINED)
        keys.update(Key(path, f"under:{channel}", str(place)) for place in range(len(CUTS)))
    return keys


def _learn_rates(
    windows: Sequence[Summary], pooled: Summary, lens: Lens, design: Design
) -> dict[str, RateBaseline]:
    learnt: dict[str, RateBaseline] = {}
    read = [rates_of(window, lens) for window in windows]
    for key in sorted(keys_of(pooled, lens)):
        name = JOINED.join(key)
        found = [
            (place, each.get(name) or read_rate(window, key, lens))
            for place, (window, each) in enumerate(zip(windows, read, strict=True))
        ]
        rates = [rate for _, rate in found if rate is not None and rate.n]
        rows = [place for place, rate in found if rate is not None and rate.n]
        if rates and _worth_it(key, rates):
            learnt[JOINED.join(key)] = learn_rate(rates, design[rows])
    return learnt


def _history(key: Key, windows: Sequence[Summary], lens: Lens) -> tuple[list[Rate], list[int]]:
    """Return a share in each window that has it, and these windows' places."""
    read = [(place, read_rate(window, key, lens)) for place, window in enumerate(windows)]
    held = [(place, rate) for place, rate in read if rate is not None and rate.n]
    return [rate for _, rate in held], [place for place, _ in held]


def _worth_it(key: Key, rates: list[Rate]) -> bool:
    """Whether a share is anything but an undecided order of two numbers that are always equal."""
    return key.kind != "both:equal" or any(rate.k for rate in rates)


def _learn_new(
    windows: Sequence[Summary], pooled: Summary, lens: Lens, design: Design
) -> dict[str, RateBaseline]:
    """Learn how often values come that were not seen before, and how often values come again.

    A value is new to a block of history where no other block has it: blocks are days, or quarters of a
    shorter history, so that values which live for an hour or a day are told from those always there. Not
    below the share of values seen once in all, Good and Turing's estimate of what is still unseen.

    Source: I. J. Good, The population frequencies of species and the estimation of population parameters,
    Biometrika 40 (1953).
    """
    learnt: dict[str, RateBaseline] = {}
    blocks = _blocks([window.start for window in windows])
    for path, found in pooled.paths.items():
        for family in FAMILIES:
            if f"{path}{JOINED}{family}" in lens.known:
                cells = [_cells_at(window, path, family) for window in windows]
                baseline = _novelty(cells, blocks, design)
                if baseline.k <= _OPEN * baseline.n:
                    learnt[JOINED.join(Key(path, f"novel:{family}"))] = baseline
        family = "document" if path == ROOT else "value"
        if family in found.cells and not (family == "value" and is_moving(found)):
            key = Key(path, f"again:{family}")
            rates, rows = _history(key, windows, lens)
            if rates and sum(rate.k for rate in rates) <= _ALMOST_UNIQUE * sum(rate.n for rate in rates):
                learnt[JOINED.join(key)] = learn_rate(rates, design[rows])
    for name in pooled.links:
        if f"{name}{JOINED}link" in lens.known:
            baseline = _novelty([window.links.get(name) for window in windows], blocks, design)
            one, two = name.split(JOINED)
            learnt[JOINED.join(Key(one, "link:new", two))] = baseline
    return learnt


def _cells_at(window: Summary, path: str, family: str) -> Cells | None:
    found = window.paths.get(path)
    return found.cells.get(family) if found else None


def _blocks(starts: Sequence[int]) -> list[int]:
    days = [start // DAY for start in starts]
    if len(set(days)) >= 3:
        return days
    first, span = starts[0], max(starts[-1] - starts[0], 1)
    return [min(_BLOCKS - 1, (start - first) * _BLOCKS // span) for start in starts]


def _novelty(found: Sequence[Cells | None], blocks: Sequence[int], design: Design) -> RateBaseline:
    """Return how often cells come that no other block has; one entry per window, at least one not None."""
    where: defaultdict[str, set[int]] = defaultdict(set)
    total: Counter[str] = Counter()
    held = [(place, cells) for place, cells in enumerate(found) if cells is not None and cells.n]
    for place, cells in held:
        for value, count in cells.counts.items():
            where[value].add(blocks[place])
            total[value] += count
    rates = [
        Rate(sum(count for value, count in cells.counts.items() if len(where[value]) == 1), cells.n)
        for _, cells in held
    ]
    once = sum(count == 1 for count in total.values())
    return learn_rate(rates, design[[place for place, _ in held]], floor=once / max(total.total(), 1))


def _learn_levels(windows: Sequence[Summary], lens: Lens, design: Design) -> dict[str, LevelBaseline]:
    seen: defaultdict[str, list[tuple[int, Level]]] = defaultdict(list)
    for place, window in enumerate(windows):
        for name, level in levels_of(window, lens).items():
            seen[name].append((place, level))
    known = {
        name: found
        for name, found in sorted(seen.items())
        if len(found) >= max(_FEWEST_LEVELS, _ALWAYS * len(windows)) and _is_steady(name, found)
    }
    return {
        name: learn_level([level for _, level in found], design[[place for place, _ in found]])
        for name, found in known.items()
        if name.replace(_PLAINLY, _BY_LOGS) not in known or _PLAINLY not in name
    }


def _is_steady(name: str, found: Sequence[tuple[int, Level]]) -> bool:
    """Whether a level means the same in all windows: the spread of a ratio does where it is never wide."""
    return f"{JOINED}ratio spread{JOINED}" not in name or max(level.value for _, level in found) <= _STEADY


def _drifting(levels: Mapping[str, LevelBaseline], lens: Lens) -> set[str]:
    """Return ``path␟channel`` of numbers that went one way by over half of their range, as counters do."""
    found = set()
    for name, scale in lens.scales.items():
        path, channel = name.split(JOINED)
        level = levels.get(JOINED.join((path, f"mean:{channel}", "")))
        if level is not None and level.course.drifts:
            middle = scale.scaled(scale.cuts[4]) - scale.scaled(scale.cuts[2])
            if abs(level.course.coefficients[1]) > 0.5 * middle:
                found.add(name)
    return found


__all__ = ["FEWEST_WINDOWS", "TooLittleHistoryError", "keys_of", "learn"]

"""One window of documents against their contract → what broke, in words."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from aright.core.contract.baselines import RateBaseline
from aright.core.contract.breaks import GRADES, Break
from aright.core.contract.declared import declared_breaks
from aright.core.contract.finding import Finding, grade_of, sort_of
from aright.core.contract.keys import Key, Rate, levels_of
from aright.core.contract.moves import new_fields, tell_moves
from aright.core.contract.phrases import phrase
from aright.core.contract.summary import JOINED
from aright.core.contract.words import quoted, sentence
from aright.core.model.times import DAY, HOUR
from aright.core.stats.beta_binomial import beta_binomial_sf
from aright.core.stats.holm import holm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.contract.contract import Contract
    from aright.core.contract.summary import Summary

ALPHA: Final = 0.001
"""Family-wise level: the share of windows without a change that may be told as broken."""

_FEWEST_SPIKE: Final = 4
_SPIKE: Final = 0.03
_SLACK: Final = 1e-9
_UNSURPRISING: Final = 0.05
_DRIFT: Final = 0.7
_SPIKE_PRECISION: Final = 400.0
_CELLS_TRIED: Final = 64
_SAID: Final = 3


def check(contract: Contract, window: Summary, *, alpha: float = ALPHA) -> tuple[Break, ...]:
    """Return how a window breaks its contract, the worst first; nothing where it keeps it.

    Args:
        contract: learnt from windows of the same endpoint and width, or imported from a schema.
        window: what the documents of one window came to.
        alpha: probability that a window which keeps its contract is told as broken, over all paths and
            figures together (Holm), as far as history shows how figures vary. A new field is told at no risk:
            it is harmless and its p-value is 1.

    >>> from aright.core.contract import Sample, learn
    >>> def hour(at, price):
    ...     sample = Sample(start=at * 3_600_000_000)
    ...     for i in range(50):
    ...         sample.add({"price": price(i)})
    ...     return sample.summary()
    >>> contract = learn([hour(at, lambda i: 9.99 + i) for at in range(12)])
    >>> found = check(contract, hour(12, lambda i: 999.0 + 100 * i))
    >>> len(found), found[0].grade, found[0].sentence[:62]
    (1, 'breaking', '`price` went from 2 decimals to 0, its median ×100 (34 → 3,410')
    """
    told = declared_breaks(contract.declared, window)
    if not contract.windows or not window.documents:
        return told
    hour = window.start % DAY // HOUR
    covered = hour in contract.covered
    row = contract.clock.design([window.start])[0].tolist()
    candidates: list[Finding] = []
    tests = 0
    for source in (
        _known_rates(contract, window, row, covered=covered),
        _new_marks(contract, window),
        _spikes(contract, window),
        _levels(contract, window, row, covered=covered),
    ):
        for found in source:
            if isinstance(found, int):
                tests += found
            else:
                candidates.append(found)
    adjusted = holm([*(found.p_value for found in candidates), *[1.0] * max(tests - len(candidates), 0)])
    sure = [found._replace(p_value=p) for found, p in zip(candidates, adjusted, strict=False) if p <= alpha]
    return _ordered([*told, *_told(sure, contract, window), *new_fields(contract, window)])


def _known_rates(
    contract: Contract, window: Summary, row: Sequence[float], *, covered: bool
) -> Iterator[Finding | int]:
    """Yield shares that moved, and the number of tests."""
    plan = contract.rate_plan
    read = plan.read(window)
    yield len(read) - read.count(None)
    for place in plan.surprising(read, row, covered=covered):
        rate, baseline, key = read[place], plan.baselines[place], plan.keys[place]
        if rate is None:
            continue
        found = baseline.surprise(rate, row, covered=covered)
        if found.p_value >= _UNSURPRISING:
            continue
        if key.kind.startswith(("novel", "again", "link")):
            if found.seen <= found.expected:
                continue
            if key.kind.startswith("again") and rate.n > baseline.size:
                found = baseline.surprise(_thinned(rate, baseline.size), row, covered=covered)
        if abs(found.seen - found.expected) >= sort_of(key.kind).least:
            yield Finding(key, found.p_value, found.expected, found.seen)


def _thinned(rate: Rate, size: float) -> Rate:
    """Return repeats as if the window were of the usual size, for chance repeats grow with it."""
    return Rate(int(rate.k * size / rate.n), rate.n)


def _new_marks(contract: Contract, window: Summary) -> Iterator[Finding | int]:
    """Yield marks and types that never came before."""
    for path, found in window.paths.items():
        known = contract.paths.get(path)
        if known is None:
            continue
        for kind, k in found.counts.items():
            if kind == "parent:present" or JOINED.join(Key(path, kind)) in contract.rates:
                continue
            base = kind.partition(":")[0]
            n, before = found.bases.get(base, 0), known.bases.get(base, 0)
            if not n or (not before and base != "value"):
                continue
            yield 1
            baseline = RateBaseline(0, before, float(n))
            share = 0.5 / (before + 1)
            p = beta_binomial_sf(min(k, n), n, share, before + 1.0)
            if k / n - share >= sort_of(kind).least:
                yield Finding(Key(path, kind), p, baseline.k / max(before, 1), k / n)


def _spikes(contract: Contract, window: Summary) -> Iterator[Finding | int]:
    """Yield values that came far more often than any value that is not followed by itself ever did."""
    for path, known in contract.paths.items():
        found = window.paths.get(path)
        if found is None:
            continue
        for family, busiest in known.busiest.items():
            cells = found.cells.get(family)
            if cells is None or cells.n < _FEWEST_SPIKE:
                continue
            yield min(len(cells.counts), _CELLS_TRIED)
            tops = contract.lens.tops.get(f"{path}{JOINED}{family}", ())
            usual = min(max(busiest, 0.5 / (known.bases["present"] + 1)), 0.999)
            if max(cells.counts.values(), default=0) < max(
                _FEWEST_SPIKE, (usual + _SPIKE - _SLACK) * cells.n
            ):
                continue
            for value, count in cells.counts.items():
                share = count / cells.n
                if count < _FEWEST_SPIKE or share - usual < _SPIKE or value in tops:
                    continue
                p = beta_binomial_sf(count, cells.n, usual, _SPIKE_PRECISION)
                yield Finding(Key(path, f"cell:{family}", value), p, usual, share)


def _levels(
    contract: Contract, window: Summary, row: Sequence[float], *, covered: bool
) -> Iterator[Finding | int]:
    """Yield levels that moved."""
    levels = levels_of(window, contract.lens)
    tests, far = contract.level_plan.far(levels, row, covered=covered)
    yield tests
    for name in far:
        level, baseline = levels[name], contract.levels[name]
        if not baseline.far(level, row, covered=covered):
            continue
        key = Key(*name.split(JOINED, 2))
        least = sort_of(key.kind).least
        if key.kind == "group level":  # of cube roots, in the column's own unit
            least *= abs(baseline.course.at(row))
        found = baseline.surprise(level, row, floor=least / 6, covered=covered)
        drifting = _DRIFT * max(abs(found.expected), 1.0) if baseline.course.drifts else 0.0
        if found.p_value < _UNSURPRISING and abs(found.seen - found.expected) >= max(least, drifting):
            yield Finding(key, found.p_value, found.expected, found.seen)


def _told(sure: Sequence[Finding], contract: Contract, window: Summary) -> list[Break]:
    """Return one break per path; a relation is told with the path of its that broke by itself."""
    by_path: defaultdict[str, list[Finding]] = defaultdict(list)
    single = {found.key.path for found in sure if not _relates(found)}
    for found in sure:
        by_path[_place(found, single)].append(found)
    breaks = [_one(path, found, contract, window) for path, found in by_path.items()]
    return tell_moves(breaks, contract, window)


def _relates(found: Finding) -> bool:
    return bool(found.key.part) and not found.key.kind.startswith(("cell", "under"))


def _place(found: Finding, single: set[str]) -> str:
    """Return the path that a finding is told with."""
    paths = [found.key.path, *found.key.part.split(JOINED)] if _relates(found) else [found.key.path]
    plain = [path.removeprefix("number of ").removeprefix("sum of ") for path in paths]
    return next((path for path in plain if path in single), plain[0])


def _one(path: str, findings: Sequence[Finding], contract: Contract, window: Summary) -> Break:
    ranked = sorted(
        findings, key=lambda found: (sort_of(found.key.kind).rank, found.p_value, -abs(found.effect))
    )
    first = ranked[0]
    sort = sort_of(first.key.kind)
    grades = [grade_of(found) for found in findings]
    said: dict[str, str] = {}
    for found in ranked:
        said.setdefault(sort_of(found.key.kind).name, _said(path, found, contract, window))
    return Break(
        path=path,
        kind=sort.name,
        grade=min(grades, key=GRADES.index),
        before=first.before,
        now=first.now,
        effect=first.effect,
        p_value=min(found.p_value for found in findings),
        sentence=_sentence(path, list(said.values())),
        others=tuple(
            sorted({other for found in findings if _relates(found) for other in found.key.part.split(JOINED)})
        ),
    )


def _ordered(breaks: Sequence[Break]) -> tuple[Break, ...]:
    return tuple(sorted(breaks, key=lambda found: (GRADES.index(found.grade), found.p_value, found.path)))


def _said(path: str, found: Finding, contract: Contract, window: Summary) -> str:
    text = phrase(found, contract, window)
    return text if found.key.path == path else f"{quoted(found.key.path)} {text}"


def _sentence(path: str, parts: list[str]) -> str:
    return sentence([f"{quoted(path)} {parts[0]}", *parts[1:_SAID]])


__all__ = ["ALPHA", "check"]

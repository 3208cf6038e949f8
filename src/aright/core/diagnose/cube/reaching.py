"""From a fit to an answer: how far it reaches, each root's share, and the health of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.cube.grid import sums_of
from aright.core.diagnose.cube.localization import Localization, Outside, Root, Share
from aright.core.diagnose.cube.merging import Part, merged
from aright.core.diagnose.cube.ranges import span
from aright.core.diagnose.wording import number
from aright.core.model.evidence import Reach

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.axes import Axis
    from aright.core.diagnose.cube.counts import Past
    from aright.core.diagnose.cube.fitting import Fit
    from aright.core.diagnose.cube.grid import Grid

MOST: Final = 0.95
"""A root that has more of the volume than this is all of it."""

CLEAR: Final = 3.0
"""Standard errors that a common factor must be from 1."""

BIAS: Final = 0.02
"""A common factor nearer to 1 than this is bias of what was expected, however many cells share it."""

TWO_SIDED: Final = 1.96


def judge(grid: Grid, axes: Sequence[Axis], fit: Fit, past: Past | None) -> Localization:
    """Return what a fit means.

    Args:
        grid: the cells.
        axes: what they are cut by.
        fit: roots, common factor, what was expected.
        past: what was before, where losses are counted; ``None`` for values.
    """
    total = max(float(fit.volume.sum()), 1e-12)
    parts = _parts(grid, axes, fit)
    whole = [each for each in parts if float(fit.volume[each.mask].sum()) > MOST * total or not axes]
    parts = [] if whole else parts
    clear = _clear(fit, past)
    if whole or (clear and _mostly_common(fit, [each.mask for each in parts])):
        reach = Reach.GLOBAL
    elif parts:
        reach = Reach.SEGMENT
    elif past is not None and _mixed(past, fit):
        reach = Reach.MIX
    else:
        reach = Reach.UNCLEAR
    roots = _roots(axes, parts, fit, past)
    outside = _outside(fit, parts, past)
    common = fit.common if clear else 1.0
    if whole:
        common = float(fit.actual.sum()) / max(float(fit.expected.sum()), 1e-12)
    looked_at = round(float(np.exp(fit.found[0].price))) if fit.found else grid.elements(fit.volume > 0.0)
    sentence = _sentence(reach, roots, common, outside, past, _moved_most(axes, grid, fit.volume, past))
    return Localization(reach, roots, outside, common, sentence, looked_at)


def _parts(grid: Grid, axes: Sequence[Axis], fit: Fit) -> list[Part]:
    """Return the roots of a fit as they are told: neighbouring intervals joined."""
    found = []
    for each, p_value in zip(fit.found, fit.p_values, strict=True):
        mask = grid.inside(each.element)
        excess = float((fit.actual - fit.common * fit.expected)[mask].sum())
        ranges = tuple((axis, *span(code)) for axis, code in each.element)
        found.append(Part(ranges, mask, excess, each.gain, p_value))
    return merged(found, axes)


def _clear(fit: Fit, past: Past | None) -> bool:
    """Return whether all that is in no root moved too: beyond doubt, beyond bias, and for the worse."""
    worse = past is None or fit.common > 1.0
    return worse and abs(fit.common - 1.0) >= BIAS and abs(fit.clear) >= CLEAR


def _mostly_common(fit: Fit, masks: Sequence[NDArray[np.bool_]]) -> bool:
    """Return whether one factor on everything explains more of the deviation than the roots do beyond it.

    The factor is that of the cells outside the roots, or that of all cells together.
    """
    usual = float(fit.expected.sum())
    for factor, most in ((fit.common, 1.0), (float(fit.actual.sum()) / max(usual, 1e-12), 0.5)):
        beyond = sum(abs(float((fit.actual - factor * fit.expected)[mask].sum())) for mask in masks)
        if beyond < most * abs((factor - 1.0) * usual):
            return True
    return False


def _roots(axes: Sequence[Axis], parts: Sequence[Part], fit: Fit, past: Past | None) -> tuple[Root, ...]:
    """Return the roots in words; a cell of two roots counts for the first."""
    rest = np.ones(len(fit.actual), dtype=np.bool_)
    excess = fit.actual - fit.expected
    amounts, noise = [], []
    for each in parts:
        own = each.mask & rest
        rest &= ~own
        amounts.append(abs(float(excess[own].sum())))
        noise.append(float(fit.variance[own].sum()))
    left, unclear = float(excess[rest].sum()), float(fit.variance[rest].sum())
    elsewhere = max(left, 0.0) if past is not None else abs(left)
    found = []
    for each, amount, variance in zip(parts, amounts, noise, strict=True):
        other, spread = sum(amounts) - amount + elsewhere, sum(noise) - variance + unclear
        found.append(_root(axes, each, _share(amount, variance, other, spread), fit, past))
    return tuple(found)


def _share(inside: float, inside_variance: float, outside: float, outside_variance: float) -> Share:
    """Return inside / (inside + outside) with an interval by the delta method.

    >>> found = _share(90.0, 25.0, 10.0, 25.0)
    >>> round(found.low, 2), found.value, round(found.high, 2)
    (0.81, 0.9, 0.99)
    """
    total = max(inside + outside, 1e-12)
    error = TWO_SIDED * np.sqrt(outside**2 * inside_variance + inside**2 * outside_variance) / total**2
    value = inside / total
    return Share(value, max(float(value - error), 0.0), min(float(value + error), 1.0))


def _root(axes: Sequence[Axis], part: Part, share: Share, fit: Fit, past: Past | None) -> Root:
    conditions, where = part.told(axes)
    size = float(fit.volume[part.mask].sum()) if past is not None else 1.0
    actual = float(fit.actual[part.mask].sum()) / max(size, 1e-12)
    expected = float(fit.expected[part.mask].sum()) / max(size, 1e-12)
    name = " and ".join(f"{attribute} {_is(label)}" for attribute, label in conditions)
    told = f"{name}: {_change(actual, expected, past)}; {_percent(share.value)} of the deviation "
    told += f"({_percent(share.low)}–{_percent(share.high)})."
    return Root(conditions, where, told, share, actual, expected, part.gain, part.p_value)


def _outside(fit: Fit, parts: Sequence[Part], past: Past | None) -> Outside:
    rest = np.ones(len(fit.actual), dtype=np.bool_)
    for each in parts:
        rest &= ~each.mask
    size = float(fit.volume[rest].sum()) if past is not None else 1.0
    actual, expected = (float(each[rest].sum()) for each in (fit.actual, fit.expected))
    error = TWO_SIDED * float(np.sqrt(fit.variance[rest].sum())) / max(expected, 1e-12)
    ratio = actual / max(expected, 1e-12)
    size = max(size, 1e-12)
    where = "Outside" if parts else "All"
    sentence = f"{where}: {_change(actual / size, expected / size, past)}."
    return Outside(actual / size, expected / size, max(ratio - error, 0.0), ratio + error, sentence)


def _mixed(past: Past, fit: Fit) -> bool:
    """Return whether losses rose because traffic moved to where they are more usual, and nothing else."""
    usual = past.lost / max(past.possible, 1e-12)
    crude = usual * float(fit.volume.sum())
    standardised = float(fit.expected.sum())
    if crude <= 0.0 or standardised <= crude * (1.0 + BIAS):
        return False
    lost = float(fit.actual.sum())
    error = np.sqrt(crude + float((fit.variance - fit.expected).clip(0.0).sum()))
    return bool(lost - crude > CLEAR * error and standardised - crude > 0.5 * (lost - crude))


def _moved_most(axes: Sequence[Axis], grid: Grid, volume: NDArray[np.float64], past: Past | None) -> str:
    """Return the value whose share of the traffic grew most, in words."""
    if past is None or not axes:
        return ""
    grown = []
    for axis, codes, old in zip(axes, grid.codes, past.by_axis, strict=True):
        new = sums_of(codes, volume, axis.size)
        before, now = (each / max(float(each.sum()), 1e-12) for each in (old, new))
        at = int(np.argmax(now - before))
        grown.append((float((now - before)[at]), axis, at, float(before[at]), float(now[at])))
    _, axis, at, first, last = max(grown, key=lambda each: each[0])
    return (
        f"{axis.name} {_is(axis.labels[at])} grew from {_percent(first)} to {_percent(last)} of the traffic"
    )


def _sentence(
    reach: Reach, roots: Sequence[Root], common: float, outside: Outside, past: Past | None, grown: str
) -> str:
    if reach is Reach.SEGMENT:
        return " ".join([*(each.sentence for each in roots), outside.sentence])
    if reach is Reach.GLOBAL:
        what = "Losses are" if past is not None else "Values are"
        told = f"{what} {number(common)} times what was expected in all parts alike."
        return " ".join([told, *(f"Beyond that, {each.sentence}" for each in roots)])
    if reach is Reach.MIX:
        return f"No part does worse than before: traffic moved to where losses are more usual; {grown}."
    return f"Not enough to name a part. {outside.sentence}"


def _change(actual: float, expected: float, past: Past | None) -> str:
    if past is not None:
        return f"{_percent(actual)} lost, {_percent(expected)} expected"
    return f"{number(actual)} against {number(expected)} expected"


def _is(label: str) -> str:
    return label if label.startswith(("<", "≥", "from ", "no ", "any ", "one of ")) else f"= {label}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"

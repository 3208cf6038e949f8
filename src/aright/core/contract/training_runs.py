"""Training runs: what one was given and came to that the run before was not and did not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.core.contract.pipelines import difference
from aright.core.contract.words import shown
from aright.core.model.run import ABORTED, COMPLETE, FAILED
from aright.core.stats.parting import parting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.curves import Curve
    from aright.core.model.run import DatasetUse, Run
    from aright.core.stats.parting import FloatArray, Parting

LONGEST: Final = 80
"""Signs of a name or a value that are told."""

_ROWS: Final = 0.1
"""Share by which the rows read, or the steps made, must differ to be told."""

_METRIC: Final = 0.05
"""Share by which a metric must differ to be told, since how far it wanders by itself is not known."""

_ENDS: Final = {FAILED: "failed", ABORTED: "was broken off"}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a run differs from its baseline.

    Attributes:
        kind: ``end`` | ``code`` | ``parameter`` | ``broken`` (a curve that ends in what is no number) |
            ``curve`` | ``steps`` | ``metric`` | ``data``.
        name: of the parameter, metric or data set; empty for ``end``, ``code`` and ``steps``.
        text: in words, with both values.
        before: the baseline's value as text; empty where it has none.
        now: the run's.
        step: where curves part, or end in what is no number; ``None`` for all else.
    """

    kind: str
    name: str
    text: str
    before: str = ""
    now: str = ""
    step: int | None = None


def compare_runs(degraded: Run, baseline: Run) -> tuple[Difference, ...]:
    """Return how a run differs from its baseline, the inputs of the training before what came of it.

    Whether a metric is better high or low is not known, so that changes are told and nothing is judged.

    >>> from aright.core.model.run import Run
    >>> one = Run(key="a", job="j", run_id="1", state="complete", seen=1, parameters={"rate": "0.1"})
    >>> two = Run(key="b", job="j", run_id="2", state="complete", seen=2, parameters={"rate": "1.0"})
    >>> [each.text for each in compare_runs(two, one)]
    ['rate 0.1 → 1.0']
    """
    found = [*_end(baseline, degraded), *_code(baseline, degraded), *_parameters(baseline, degraded)]
    curves = _curves(baseline, degraded)
    found += curves
    found += _steps(baseline, degraded)
    told = {each.name for each in curves}
    found += [each for each in _metrics(baseline, degraded) if each.name not in told]
    return (*found, *_data(baseline, degraded))


def _end(before: Run, run: Run) -> Iterator[Difference]:
    how = _ENDS.get(run.state)
    if how is None or before.state != COMPLETE:
        return
    why = f": {shown(run.error, 2 * LONGEST)}" if run.error else ""
    yield Difference(kind="end", name="", text=f"it {how}{why}", before=before.state, now=run.state)


def _code(before: Run, run: Run) -> Iterator[Difference]:
    was, code = shown(before.code, LONGEST), shown(run.code, LONGEST)
    if before.code and run.code and before.code != run.code:
        yield Difference(kind="code", name="", text=f"its code was {was} and is {code}", before=was, now=code)


def _parameters(before: Run, run: Run) -> Iterator[Difference]:
    for name in sorted({*before.parameters, *run.parameters}):
        was, value = before.parameters.get(name), run.parameters.get(name)
        if was == value or (was is not None and value is not None and _same(was, value)):
            continue
        said, old, new = shown(name, LONGEST), shown(was or "", LONGEST), shown(value or "", LONGEST)
        if was is None:
            text = f"{said} is new: {new}"
        elif value is None:
            text = f"{said} is gone: it was {old}"
        else:
            text = f"{said} {old or 'nothing'} → {new or 'nothing'}"
        yield Difference(kind="parameter", name=name, text=text, before=old, now=new)


def _same(one: str, two: str) -> bool:
    """Tell whether two texts are the same number, since registries write 1, 1.0 and 1e0."""
    try:
        return float(one) == float(two)
    except ValueError:
        return False


def _metrics(before: Run, run: Run) -> Iterator[Difference]:
    for name in sorted(before.metrics.keys() & run.metrics.keys()):
        had, has = before.metrics[name], run.metrics[name]
        if abs(has - had) > _METRIC * max(abs(had), abs(has)):
            text = f"{shown(name, LONGEST)} came to {has:.4g}, {had:.4g} before"
            yield Difference(kind="metric", name=name, text=text, before=f"{had:.4g}", now=f"{has:.4g}")


def _curves(before: Run, run: Run) -> list[Difference]:
    """Return whose curves part, the furthest first, and before them those that are no number any more."""
    found = []
    for name in sorted(before.curves.keys() & run.curves.keys()):
        one, two = before.curves[name], run.curves[name]
        if two.broken is not None and one.broken is None:
            found.append((math.inf, _broken(name, one, two, two.broken)))
            continue
        where = parting(_arrays(one), _arrays(two)) if one.steps and two.steps else None
        if where is not None:
            found.append((where.ratio, _parted(name, one, two, where)))
    return [each for _, each in sorted(found, key=lambda pair: (-pair[0], pair[1].name))]


def _arrays(curve: Curve) -> tuple[FloatArray, FloatArray]:
    return np.array(curve.steps, dtype=np.float64), np.array(curve.values, dtype=np.float64)


def _broken(name: str, one: Curve, two: Curve, step: int) -> Difference:
    had = f"{one.values[-1]:.4g}" if one.values else ""
    text = f"{shown(name, LONGEST)} is no number from step {step:,} of {two.last:,}"
    if had:
        text += f"; before it ended at {had}"
    return Difference(kind="broken", name=name, text=text, before=had, now="NaN", step=step)


def _parted(name: str, one: Curve, two: Curve, where: Parting) -> Difference:
    had, has = f"{one.values[-1]:.4g}", f"{two.values[-1]:.4g}"
    text = f"the curve of {shown(name, LONGEST)} leaves the one before at step {where.step:,}"
    if where.until is None:
        text += f" and ends at {has}, {had} before"
    else:
        text += f" and is back at it after step {where.until:,}"
    return Difference(kind="curve", name=name, text=text, before=had, now=has, step=where.step)


def _steps(before: Run, run: Run) -> Iterator[Difference]:
    had, has = (max((curve.last for curve in each.curves.values()), default=0) for each in (before, run))
    if had and has and abs(has - had) > _ROWS * max(had, has):
        text = f"it ended at step {has:,}, {had:,} before"
        yield Difference(kind="steps", name="", text=text, before=str(had), now=str(has))


def _data(before: Run, run: Run) -> Iterator[Difference]:
    known = {use.name: use for use in before.inputs}
    for use in run.inputs:
        if use.name in known:
            yield from _read(known[use.name], use)
        else:
            text = f"it reads {shown(use.name, LONGEST)}"
            yield Difference(kind="data", name=use.name, text=text, now=shown(use.version, LONGEST))
    names = {use.name for use in run.inputs}
    for use in before.inputs:
        if use.name not in names:
            text = f"it does not read {shown(use.name, LONGEST)}"
            yield Difference(kind="data", name=use.name, text=text, before=shown(use.version, LONGEST))


def _read(before: DatasetUse, use: DatasetUse) -> Iterator[Difference]:
    name = shown(use.name, LONGEST)
    if before.rows and use.rows is not None and abs(use.rows - before.rows) >= _ROWS * before.rows:
        text = f"it read {use.rows:,} rows of {name}, {before.rows:,} before"
        yield Difference(kind="data", name=use.name, text=text, before=str(before.rows), now=str(use.rows))
    if before.version and use.version and before.version != use.version:
        was, version = shown(before.version, LONGEST), shown(use.version, LONGEST)
        text = f"{name} was of version {was} and is of {version}"
        yield Difference(kind="data", name=use.name, text=text, before=was, now=version)
    said = difference(before.fields, use.fields) if before.fields and use.fields else ""
    if said:
        yield Difference(kind="data", name=use.name, text=f"of {name}, {shown(said, 3 * LONGEST)}")

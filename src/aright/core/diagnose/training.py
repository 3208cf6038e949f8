"""Training: how the run that made a model version differs from the run before it.

A run of MLflow or Weights & Biases comes in as OpenLineage tells of it, or is read from the registry: what it
read, which code it ran, its parameters and metrics. It is the one that made a version where an output has
that version and the model's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.contract.pipelines import difference
from aright.core.diagnose.hypothesis import Draft
from aright.core.diagnose.lineage import words
from aright.core.diagnose.wording import listed, shown
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.run import ABORTED, COMPLETE, ENDS, FAILED
from aright.core.model.times import clock_text, to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.diagnose.scene import Scene
    from aright.core.model.run import DatasetUse, Run
    from aright.core.model.times import Micros

MOST_VERSIONS: Final = 8
_ENDED: Final = {FAILED: "failed", ABORTED: "was broken off"}
_TOLD: Final = 6
"""Differences that one sentence tells of."""

_ROWS: Final = 0.1
"""Share by which the rows read must differ to be told."""

_METRIC: Final = 0.05
"""Share by which a metric must differ to be told, since how far it wanders by itself is not known."""


def trainings(scene: Scene, jobs: Mapping[str, Sequence[Run]]) -> list[Draft]:
    """Return a finding per version that serves now and whose training is known."""
    column = next((each for each in scene.rows.attributes if each.column == "version"), None)
    names = column.values if column is not None else _only(scene)
    models = {each for each in _values(scene, "model") if each}
    found = []
    for version in names[:MOST_VERSIONS]:
        made = _made(version, models, jobs)
        if made is not None:
            found.append(_draft(scene, version, *made))
    return found


def _only(scene: Scene) -> tuple[str, ...]:
    return tuple(sorted(_values(scene, "version")))


def _values(scene: Scene, column: str) -> set[str]:
    table = scene.rows.table
    if column not in table.schema.names:
        return set()
    return {str(each) for each in table[column].unique().to_pylist() if each is not None}


def _made(version: str, models: set[str], jobs: Mapping[str, Sequence[Run]]) -> tuple[Run, Run | None] | None:
    """Return the run that made a version, the last one, and the finished run of the same job before it."""
    for runs in jobs.values():
        done = [run for run in runs if run.state in ENDS]
        for at in range(len(done) - 1, -1, -1):
            if any(_is(use, version, models) for use in done[at].outputs):
                return done[at], next((run for run in reversed(done[:at]) if run.state == COMPLETE), None)
    return None


def _is(use: DatasetUse, version: str, models: set[str]) -> bool:
    """Tell whether an output is a version: by its version, or by a name that ends with it."""
    told = words(use.name)
    named = not models or any(_within(words(model), told) for model in models)
    mine = words(version)
    return named and bool(mine) and (use.version == version or told[-len(mine) :] == mine)


def _within(part: tuple[str, ...], name: tuple[str, ...]) -> bool:
    size = len(part)
    return size > 0 and any(name[at : at + size] == part for at in range(len(name) - size + 1))


def _draft(scene: Scene, version: str, run: Run, before: Run | None) -> Draft:
    ended = run.ended if run.ended is not None else run.seen
    how = _ENDED.get(run.state, "ended")
    text = f"Version {shown(version)} was made by {shown(run.job)}, which {how} {_day(ended, scene)}"
    differences = differing(before, run) if before is not None else ()
    if before is None:
        text += "; no run of it before is known to compare with"
    elif differences:
        told = "; ".join(differences[:_TOLD])
        more = f"; {len(differences) - _TOLD} more" if len(differences) > _TOLD else ""
        text += f". Unlike {_other(before, run)}: {told}{more}"
    else:
        text += f", with the code, parameters and data of {_other(before, run)} as far as is told"
    return Draft(
        step=Step.PIPELINE,
        text=f"{text}.",
        supports=(f"{CauseKind.MODEL_VERSION.value}:{version}",)
        if differences or run.state != COMPLETE
        else (),
        start=run.started if run.started is not None else ended,
        end=ended if before is None else scene.case.current_span[1],
        rows="",
    )


def _day(at: Micros, scene: Scene) -> str:
    """Return when that was, with the day where the loss began on another."""
    day, own = (to_datetime(each).date().isoformat() for each in (at, scene.since))
    return f"at {clock_text(at)} UTC" if day == own else f"on {day} at {clock_text(at)} UTC"


def _other(before: Run, run: Run) -> str:
    """Return what a run is held against: a version, where both made one of the same model."""
    mine = {use.name for use in run.outputs}
    version = next((use.version for use in before.outputs if use.version and use.name in mine), "")
    return f"that of version {shown(version)}" if version else "the run before"


def differing(before: Run, run: Run) -> tuple[str, ...]:
    """Return in words what a run read and was run with that the run before did not.

    >>> from aright.core.model.run import Run
    >>> one = Run(key="a", job="j", run_id="1", state="complete", seen=1, parameters={"rate": "0.1"})
    >>> two = Run(key="b", job="j", run_id="2", state="complete", seen=2, parameters={"rate": "0.5"})
    >>> differing(one, two)
    ('rate was 0.1 and is 0.5',)
    """
    found = []
    if before.code != run.code and before.code and run.code:
        found.append(f"its code was {shown(before.code)} and is {shown(run.code)}")
    for name in sorted({*before.parameters, *run.parameters}):
        was, value = before.parameters.get(name), run.parameters.get(name)
        if was != value:
            found.append(_parameter(name, was, value))
    for name in sorted(before.metrics.keys() & run.metrics.keys()):
        had, has = before.metrics[name], run.metrics[name]
        if abs(has - had) > _METRIC * max(abs(had), abs(has)):
            found.append(f"{shown(name)} came to {has:.4g}, {had:.4g} before")
    known = {use.name: use for use in before.inputs}
    for use in run.inputs:
        found += _read(known.get(use.name), use) if use.name in known else [f"it reads {shown(use.name)}"]
    gone = [use.name for use in before.inputs if use.name not in {each.name for each in run.inputs}]
    return (*found, f"it does not read {listed(gone)}") if gone else tuple(found)


def _parameter(name: str, was: str | None, value: str | None) -> str:
    if was is None or value is None:
        return f"{shown(name)} {'is new' if was is None else 'is gone'}"
    return f"{shown(name)} was {shown(was)} and is {shown(value)}"


def _read(before: DatasetUse | None, use: DatasetUse) -> list[str]:
    if before is None:
        return []
    found = []
    if before.rows and use.rows is not None and abs(use.rows - before.rows) >= _ROWS * before.rows:
        found.append(f"it read {use.rows:,} rows of {shown(use.name)}, {before.rows:,} before")
    if before.version and use.version and before.version != use.version:
        found.append(
            f"{shown(use.name)} was of version {shown(before.version)} and is of {shown(use.version)}"
        )
    said = difference(before.fields, use.fields) if before.fields and use.fields else ""
    return [*found, f"of {shown(use.name)}, {shown(said)}"] if said else found

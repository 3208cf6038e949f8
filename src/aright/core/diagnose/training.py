"""Training: how the run that made a model version differs from the run before it.

A run of MLflow or Weights & Biases comes in as OpenLineage tells of it: what it read, which code it ran, and
its parameters. It is the one that made a version where an output has that version and the model's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.contract.pipelines import difference
from aright.core.diagnose.hypothesis import Draft
from aright.core.diagnose.lineage import words
from aright.core.diagnose.wording import listed, shown
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.run import COMPLETE
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.diagnose.scene import Scene
    from aright.core.model.run import DatasetUse, Run

MOST_VERSIONS: Final = 8
_TOLD: Final = 6
"""Differences that one sentence tells of."""

_ROWS: Final = 0.1
"""Share by which the rows read must differ to be told."""


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
        done = [run for run in runs if run.state == COMPLETE]
        for at in range(len(done) - 1, -1, -1):
            if any(_is(use, version, models) for use in done[at].outputs):
                return done[at], done[at - 1] if at else None
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
    text = f"Version {shown(version)} was made by {shown(run.job)}, which ended at {clock_text(ended)} UTC"
    differences = differing(before, run) if before is not None else ()
    if before is None:
        text += "; no run of it before is known to compare with"
    elif differences:
        told = "; ".join(differences[:_TOLD])
        more = f"; {len(differences) - _TOLD} more" if len(differences) > _TOLD else ""
        text += f". Unlike the run before: {told}{more}"
    else:
        text += ", with the code, parameters and data of the run before as far as is told"
    return Draft(
        step=Step.PIPELINE,
        text=f"{text}.",
        supports=(f"{CauseKind.MODEL_VERSION.value}:{version}",) if differences else (),
        start=run.started if run.started is not None else ended,
        end=ended if before is None else scene.case.current_span[1],
        rows="",
    )


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

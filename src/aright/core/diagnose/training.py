"""Training: how the run that made a model version differs from the run before it.

A run of MLflow or Weights & Biases comes in as OpenLineage tells of it, or is read from the registry: what it
read, which code it ran, its parameters and metrics. It is the one that made a version where an output has
that version and the model's name.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from aright.core.contract.training_runs import compare_runs
from aright.core.diagnose.hypothesis import Draft
from aright.core.diagnose.lineage import words
from aright.core.diagnose.wording import shown, shown_text
from aright.core.model.curves import CurvePair, drawn
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.run import ABORTED, COMPLETE, ENDS, FAILED
from aright.core.model.times import clock_text, to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.contract.training_runs import Difference
    from aright.core.diagnose.scene import Scene
    from aright.core.model.run import DatasetUse, Run
    from aright.core.model.times import Micros

MOST_VERSIONS: Final = 8
_ENDED: Final = {FAILED: "failed", ABORTED: "was broken off"}
_TOLD: Final = 10
"""Differences that one sentence tells of."""

_OF_KIND: Final = 4
"""Of them, those of one kind."""

_DRAWN: Final = 2
"""Curves that are kept to be drawn."""

_POINTS: Final = 80
"""Points of each."""


def trainings(scene: Scene, jobs: Mapping[str, Sequence[Run]]) -> list[Draft]:
    """Return a finding per version that serves now and whose training is known."""
    column = next((each for each in scene.rows.attributes if each.column == "version"), None)
    names = column.values if column is not None else _only(scene)
    models = _models(scene)
    found = []
    for version in names[:MOST_VERSIONS]:
        made = _made(version, models, jobs)
        if made is not None:
            found.append(_draft(scene, version, *made))
    return found


def _models(scene: Scene) -> set[str]:
    """Return what the model is called by predictions, and by the registry where the catalog says that."""
    names = {each for each in _values(scene, "model") if each}
    where = scene.case.service.training
    return names | {where.model} if names and where is not None and where.model else names


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
    differences = _compared(run, before) if before is not None else ()
    if run.error:
        text += f" ({shown_text(run.error)})"
    if before is None:
        text += "; no run of it before is known to compare with"
    elif differences:
        text += f". Unlike {_other(before, run)}: {told(differences)}"
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
        curves=pairs(run, before, differences) if before is not None else (),
    )


def _compared(run: Run, before: Run) -> tuple[Difference, ...]:
    """Return how a run differs; how it ended has been told."""
    return tuple(each for each in compare_runs(run, before) if each.kind != "end")


def _day(at: Micros, scene: Scene) -> str:
    """Return when that was, with the day where the loss began on another."""
    day, own = (to_datetime(each).date().isoformat() for each in (at, scene.since))
    return f"at {clock_text(at)} UTC" if day == own else f"on {day} at {clock_text(at)} UTC"


def _other(before: Run, run: Run) -> str:
    """Return what a run is held against: a version, where both made one of the same model."""
    mine = {use.name for use in run.outputs}
    version = next((use.version for use in before.outputs if use.version and use.name in mine), "")
    return f"that of version {shown(version)}" if version else "the run before"


def told(differences: Sequence[Difference]) -> str:
    """Return differences in one sentence: the first few of each kind, so that none hides the others.

    >>> from aright.core.contract.training_runs import Difference
    >>> told([Difference(kind="parameter", name=name, text=f"{name} 1 → 2") for name in "abcdef"])
    'a 1 → 2; b 1 → 2; c 1 → 2; d 1 → 2; 2 more'
    """
    seen: Counter[str] = Counter()
    kept: list[str] = []
    for each in differences:
        if len(kept) < _TOLD and seen[each.kind] < _OF_KIND:
            seen[each.kind] += 1
            kept.append(each.text)
    more = [f"{len(differences) - len(kept)} more"] if len(differences) > len(kept) else []
    return "; ".join([*kept, *more])


def pairs(run: Run, before: Run, differences: Sequence[Difference]) -> tuple[CurvePair, ...]:
    """Return the curves that part, those that part furthest first, to be drawn."""
    apart = [each for each in differences if each.kind in {"broken", "curve"}][:_DRAWN]
    return tuple(
        CurvePair(
            name=shown(each.name),
            before=drawn(before.curves[each.name], _POINTS),
            now=drawn(run.curves[each.name], _POINTS),
            parted=each.step,
        )
        for each in apart
    )

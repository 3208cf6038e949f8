"""How far a diagnosis is, where the harm began and what a replay says, as the incident's page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.incident.onsets import onsets_of
from aright.core.model.evidence import Step
from aright.engine.evidence_rows import has_rows
from aright.web.pictures.cascade import Lane

if TYPE_CHECKING:
    from aright.core.model.evidence import Diagnosis, Paired, Replayed, Suspect
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros

STEPS: Final = {
    Step.SCOPE: "who is hit",
    Step.PIPELINE: "the jobs that make its data",
    Step.INPUTS: "what the model is given",
    Step.DEPENDENCIES: "what it stands on",
    Step.SHADOW: "the previous version",
}
"""The five steps, and what each looks at."""

_GLYPHS: Final = {
    "done": "resolved",
    "running": "mitigating",
    "waiting": "pending",
    "nothing to look at": "closed",
    "over budget": "triaged",
    "failed": "failed",
}
_OF_SCOPE: Final = frozenset({Step.SCOPE, Step.HARM})
_SUSPECTS: Final = 6
_LANES: Final = 8
_CELLS: Final = (("neither", "data"), ("model", "both"))


@dataclass(frozen=True)
class StepView:
    """One step.

    Attributes:
        name: the step's.
        about: what it looks at.
        state: ``waiting`` | ``running`` | ``done`` | ``nothing to look at`` | ``over budget`` | ``failed``.
        glyph: the state's shape.
        text: why it failed or had nothing to look at.
        took: how long it took; empty until it is done.
    """

    name: str
    about: str
    state: str
    glyph: str
    text: str = ""
    took: str = ""


@dataclass(frozen=True)
class Cell:
    """One of the four answers of a replay.

    Attributes:
        name: ``data`` | ``model`` | ``both`` | ``neither``.
        chosen: whether it is the one.
    """

    name: str
    chosen: bool


@dataclass(frozen=True)
class ReplayView:
    """What a replay says.

    Attributes:
        replayed: as diagnosed.
        cells: the four answers; the inputs' part across, the model's down.
        effects: of model and inputs.
        top: where the effects' common scale ends, on both sides of zero.
    """

    replayed: Replayed
    cells: tuple[tuple[Cell, ...], ...]
    effects: tuple[Paired, ...]
    top: float


@dataclass(frozen=True)
class DiagnosisPart:
    """The diagnosis' part of the page.

    Attributes:
        steps: the five; none of a diagnosis that was made before there were steps.
        busy: whether any of them has not ended.
        suspects: where it may have begun.
        further: suspects that are not shown.
        lanes: the cascade, from the first that failed.
        replay: what replaying says; ``None`` where nothing was.
        rows: the finding that opens on the rows hit; empty for none.
        judged: start and end of the time that the numbers of now are of (µs, UTC).
    """

    steps: tuple[StepView, ...] = ()
    busy: bool = False
    suspects: tuple[Suspect, ...] = ()
    further: int = 0
    lanes: tuple[Lane, ...] = ()
    replay: ReplayView | None = None
    rows: str = ""
    judged: tuple[Micros, Micros] = (0, 0)


def diagnosis_part(incident: Incident) -> DiagnosisPart:
    """Return the view; of an open incident without a diagnosis, that all steps are still to come."""
    found = incident.diagnosis
    if found is None:
        if incident.resolved_at:
            return DiagnosisPart()
        waiting = tuple(StepView(step.value, about, "waiting", "pending") for step, about in STEPS.items())
        return DiagnosisPart(steps=waiting, busy=True)
    steps = tuple(
        StepView(
            name=each.step.value,
            about=STEPS.get(each.step, ""),
            state=each.state,
            glyph=_GLYPHS.get(each.state, "dot"),
            text=each.text,
            took=took(each.took_ms) if each.state == "done" else "",
        )
        for each in found.steps
    )
    return DiagnosisPart(
        steps=steps,
        busy=any(each.state in {"running", "waiting"} for each in steps),
        suspects=found.suspects[:_SUSPECTS],
        further=max(len(found.suspects) - _SUSPECTS, 0),
        lanes=lanes_of(incident, found),
        replay=_replay(found.replayed) if found.replayed is not None else None,
        rows=next((each.id for each in found.evidence if each.step in _OF_SCOPE and has_rows(each)), ""),
        judged=judged(found),
    )


def judged(found: Diagnosis) -> tuple[Micros, Micros]:
    """Return start and end of the rows that say who is hit; the onset may lie before the alarm."""
    own = (each for each in found.evidence if each.step in _OF_SCOPE and 0 < each.start < each.end)
    return next(((each.start, each.end) for each in own), found.current)


def lanes_of(incident: Incident, found: Diagnosis) -> tuple[Lane, ...]:
    """Return the path's services with their onsets."""
    onsets = onsets_of(incident)
    own = {suspect.service: suspect.internal for suspect in reversed(found.suspects)}
    path = found.path[:_LANES]
    return tuple(
        Lane(name=name, onset=onsets.get(name, 0), own=own.get(name), first=at == 0, hit=at == len(path) - 1)
        for at, name in enumerate(path)
    )


def _replay(replayed: Replayed) -> ReplayView:
    cells = tuple(tuple(Cell(name, name == replayed.verdict) for name in row) for row in _CELLS)
    edges = [abs(edge) for each in replayed.effects for edge in (each.low, each.high, each.effect)]
    return ReplayView(replayed, cells, replayed.effects, max([*edges, 1e-9]) * 1.1)


def took(milliseconds: float) -> str:
    """Return how long something took, to be read at a glance.

    >>> took(0.02), took(65.3), took(2_340), took(0)
    ('under 1\u202fms', '65\u202fms', '2.3\u202fs', '')
    """
    if milliseconds <= 0:
        return ""
    if milliseconds < 1:
        return "under 1\u202fms"
    return f"{milliseconds:.0f}\u202fms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.1f}\u202fs"

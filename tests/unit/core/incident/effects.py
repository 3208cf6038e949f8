"""What a step of the machine asked for, as tests read it."""

from aright.core.incident import (
    Cancel,
    Record,
    Schedule,
    SendPage,
    Step,
)
from aright.core.model.incident import Incident, State
from tests.unit.core.incident.making import (
    in_place,
)


def lines(step: Step) -> list[str]:
    return [effect.kind for effect in step.effects if isinstance(effect, Record)]


def text(step: Step, kind: str) -> str:
    return next(e.text for e in step.effects if isinstance(e, Record) and e.kind == kind)


def pages(step: Step) -> list[str]:
    return [effect.action for effect in step.effects if isinstance(effect, SendPage)]


def dues(step: Step) -> dict[str, int]:
    return {effect.due.key: effect.due.due_at for effect in step.effects if isinstance(effect, Schedule)}


def cancelled(step: Step) -> set[str]:
    return {effect.key for effect in step.effects if isinstance(effect, Cancel)}


def in_state(state: State) -> Incident:
    return in_place(state=state)


ENDED = [State.RESOLVED, State.REVIEWED, State.CLOSED]

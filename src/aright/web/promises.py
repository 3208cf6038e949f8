"""SLOs as pages show them: what is left of each budget, how fast it burns, when it is empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.detect.slo_alerts import forecast_text
from aright.core.model.slo import span_text
from aright.web.words import number, percent

if TYPE_CHECKING:
    from aright.core.model.slo import Standing
    from aright.engine.operations import Operations

MOST: Final = 12
"""Promises shown; those that are kept best are left out first."""

_GLYPHS: Final = {"page": "declared", "ticket": "triaged", "overspent": "failed", "kept": "verified"}


@dataclass(frozen=True)
class Promise:
    """One SLO.

    Attributes:
        name: the SLO's name, or its title.
        service: whose.
        state: ``page`` | ``ticket`` | ``overspent`` | ``kept`` | ``unknown``.
        glyph: the shape beside the state.
        good: the good share, and the objective.
        left: what is left of the budget, in [0, 1] for a bar.
        left_text: the same in words.
        burns: how fast it burns.
        empty: when it is empty.
    """

    name: str
    service: str
    state: str
    glyph: str
    good: str
    left: float
    left_text: str
    burns: str
    empty: str


@dataclass(frozen=True)
class Promises:
    """The promises of a page.

    Attributes:
        shown: those in most danger first.
        more: how many are left out.
    """

    shown: tuple[Promise, ...]
    more: int


def promises(operations: Operations, *, service: str | None = None) -> Promises:
    """Return the SLOs of all services or of one."""
    found = sorted(operations.slos.standings(service=service), key=_danger)
    return Promises(tuple(_promise(standing) for standing in found[:MOST]), max(0, len(found) - MOST))


def in_danger(operations: Operations, service: str) -> tuple[Promise, ...]:
    """Return the SLOs of a service that alert or are overspent."""
    shown = promises(operations, service=service).shown
    return tuple(promise for promise in shown if promise.state in {"page", "ticket", "overspent"})


def _danger(standing: Standing) -> tuple[bool, bool, float, str]:
    left = 1.0 if standing.budget_left is None else standing.budget_left
    return (not standing.page, not standing.ticket, left, standing.slo.key)


def _promise(standing: Standing) -> Promise:
    slo, left = standing.slo, standing.budget_left
    state = _state(standing)
    fastest = max((burn for burn in standing.burns if burn.n), key=lambda burn: burn.rate, default=None)
    return Promise(
        name=slo.title or slo.key,
        service=slo.service,
        state=state,
        glyph=_GLYPHS.get(state, "pending"),
        good=f"{_share(standing.good)} of {_share(slo.objective)} over {span_text(slo.window)}",
        left=min(max(left or 0.0, 0.0), 1.0),
        left_text="not known yet" if left is None else "overspent" if left < 0 else f"{percent(left)} left",
        burns="nothing counted"
        if fastest is None
        else f"{number(fastest.rate)} × over {span_text(fastest.span)}",
        empty=forecast_text(standing.forecast) if standing.forecast else "",
    )


def _state(standing: Standing) -> str:
    if standing.page or standing.ticket:
        return "page" if standing.page else "ticket"
    if standing.budget_left is None:
        return "unknown"
    return "overspent" if standing.budget_left < 0 else "kept"


def _share(share: float | None) -> str:
    """Return a share with the nines that matter."""
    return "–" if share is None else f"{100 * share:.3f}".rstrip("0").rstrip(".") + "\u202f%"

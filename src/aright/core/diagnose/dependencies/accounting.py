"""The target's harm and who it is charged to, with the chance that a healthy window looks as bad."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from aright.core.diagnose.dependencies.chance import (
    FEW_WINDOWS,
    chance_of,
    chance_without,
    window_starts,
)
from aright.core.diagnose.dependencies.charging import SURE, charge, edges_between
from aright.core.diagnose.dependencies.ledger import ledger_of
from aright.core.diagnose.dependencies.measures import EXTERNAL, measure_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.diagnose.dependencies.charging import Charge, Edges
    from aright.core.diagnose.dependencies.graph import Graph
    from aright.core.diagnose.dependencies.ledger import Ledger
    from aright.core.diagnose.dependencies.panel import Panel
    from aright.core.diagnose.dependencies.symptom import Node
    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.times import Micros

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Account:
    """One metric of the target, charged to services.

    Attributes:
        ledger: the amounts.
        target: its rows.
        charge: who they are charged to; ``None`` where the target is not harmed.
        chance: how likely a healthy window is to look as bad, in (0, 1].
        doubt: shape (rows,): what the charge's ``sure`` reaches in one healthy window of twenty, at least 3.
        linked: whether any calls between the rows are known.
        onset: when the stretch begins in which the target is worst (µs, UTC); 0 where it is not harmed.
    """

    ledger: Ledger
    target: tuple[int, ...]
    charge: Charge | None
    chance: float
    doubt: Floats
    linked: bool
    onset: Micros = 0

    def rows_of(self, node: Node) -> list[int]:
        """Return the rows of a node; all hosts' of a service where none is named."""
        return [
            row
            for row, (service, host) in enumerate(self.ledger.keys)
            if service == node[0] and node[1] in {"", host}
        ]


def account_of(panel: Panel, telemetry: Telemetry, graph: Graph) -> Account | None:
    """Account for the target's harm; ``None`` where no target or no metric of harm of it is known.

    Where the target or its metric is not told, all that may be meant are tried and the one that is the least
    likely by chance is taken; its chance then counts all that were tried.
    """
    tried = [
        found
        for service, signal in _harmed(panel, telemetry, graph)
        if (found := _account(panel, telemetry, graph, service, signal)) is not None
    ]
    if not tried:
        return None
    best = min(tried, key=lambda each: each.chance)
    chance = 1.0 - (1.0 - best.chance) ** len(tried)
    return replace(best, chance=chance)


def _harmed(panel: Panel, telemetry: Telemetry, graph: Graph) -> list[tuple[str, str]]:
    """Return which metrics of which services may be the harm: those told of, else all of the entries."""
    services = (telemetry.target,) if telemetry.target else graph.entries()
    return sorted(
        {
            (service, name)
            for service, _, name in panel.keys
            if service in services
            and (name == telemetry.signal or not telemetry.signal)
            and measure_of(name) in EXTERNAL
        }
    )


def _account(panel: Panel, telemetry: Telemetry, graph: Graph, service: str, signal: str) -> Account | None:
    ledger = ledger_of(panel, signal)
    target = tuple(
        row
        for row, (name, host) in enumerate(ledger.keys)
        if name == service and telemetry.host in {"", host}
    )
    if not target:
        return None
    edges = edges_between(ledger.keys, graph.shares(_traffic(ledger)))
    ledger, edges = _callers_answer(ledger, edges)
    found = charge(ledger.now, ledger.spread, target, edges)
    healthy, doubt = _healthy(ledger, target, edges)
    return Account(
        ledger=ledger,
        target=target,
        charge=found,
        chance=_chance(found, healthy, ledger),
        doubt=doubt,
        linked=len(edges.caller) > 0,
        onset=0 if found is None else panel.start + found.first * panel.step,
    )


def _callers_answer(ledger: Ledger, edges: Edges) -> tuple[Ledger, Edges]:
    """Leave services out that are new and that a known one calls: it is its callers that changed."""
    out = ledger.new & np.isin(edges.service, edges.callee[~ledger.new[edges.caller]])
    return replace(ledger, now=np.where(out[:, None], 0.0, ledger.now)), edges.without(out)


def _traffic(ledger: Ledger) -> dict[str, float]:
    """Return requests per step of each service."""
    total: dict[str, float] = {}
    for (service, _), load in zip(ledger.keys, ledger.traffic, strict=True):
        total[service] = total.get(service, 0.0) + float(load)
    return total


def _healthy(ledger: Ledger, target: tuple[int, ...], edges: Edges) -> tuple[Floats, Floats]:
    """Return what windows of the reference show when they are charged in the same way.

    Returns:
        The strength of each, and what ``sure`` each row reaches in one of twenty of them.
    """
    width = ledger.now.shape[1]
    charges = [
        charge(ledger.before[:, at : at + width], ledger.spread, target, edges)
        for at in window_starts(ledger.before.shape[1], width)
    ]
    strength = np.array([0.0 if each is None else each.strength for each in charges])
    sure = np.array([each.sure for each in charges if each is not None])
    usual = np.quantile(sure, 0.95, axis=0) if len(sure) else np.zeros(len(ledger.keys))
    return strength, np.maximum(usual, SURE)


def _chance(found: Charge | None, healthy: Floats, ledger: Ledger) -> float:
    """Return how often healthy windows show as much for any service."""
    if found is None:
        return 1.0
    independent = ledger.before.shape[1] // ledger.now.shape[1]
    counted = chance_of(found.strength, healthy, independent)
    if independent >= FEW_WINDOWS:
        return counted
    return min(counted, chance_without(found.strength, len(ledger.keys)))

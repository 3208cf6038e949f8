"""Weighing nodes: what is a node's own, what it only passes on, and what nobody suffers from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.charging import certainty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.diagnose.dependencies.accounting import Account
    from aright.core.diagnose.dependencies.charging import Charge
    from aright.core.diagnose.dependencies.graph import Graph
    from aright.core.diagnose.dependencies.symptom import Node, Symptom

METRICS: Final = "metrics"
UNTOLD: Final = 0.5
"""Share that a symptom counts for whose share of the harm cannot be told: neither all nor nothing."""
VICTIM: Final = 0.5
"""What is left of a node that is looked into and has nothing of its own, only what others see of it."""
UNFELT: Final = 0.25
"""What is left of a symptom that nobody suffers from: the node is seen by others, and all is well there."""


@dataclass(kw_only=True)
class Weight:
    """What there is on one node.

    Attributes:
        own: share of the harm charged to it, callees taken off, in [0, 1].
        inside: strongest symptom of its own, in [0, 1]: of metrics, and of requests.
        external: strongest that others see of it, in [0, 1], callees not taken off.
        told: whether some symptom of its own has a share of the harm.
        seen: whether what others see of it is measured at all.
    """

    own: float = 0.0
    inside: dict[bool, float] = field(default_factory=dict)
    external: float = 0.0
    told: bool = False
    seen: bool = False

    @property
    def internal(self) -> float:
        """Symptoms of its own together, in [0, 1]: metrics and requests are seen in ways of their own."""
        return 1.0 - prod(1.0 - each for each in self.inside.values())

    def total(self, *, looked_into: bool, most: float) -> float:
        """Return the node's blame in [0, 1].

        Args:
            looked_into: whether symptoms of its own could have been seen.
            most: the largest ``own`` of all nodes.
        """
        inside = self.internal
        if self.seen and not self.told:
            felt = self.own / most if most > 0.0 else 1.0
            inside *= UNFELT + (1.0 - UNFELT) * felt
        outside = self.own if self.internal or not looked_into else self.own * VICTIM
        return 1.0 - (1.0 - inside) * (1.0 - outside)


def weigh(
    account: Account | None,
    symptoms: Sequence[Symptom],
    graph: Graph,
    looked_into: Iterable[str],
    called: Iterable[str] = (),
) -> dict[Node, float]:
    """Return each node's blame in [0, 1].

    Where requests themselves show something, metrics of what others see of a node add nothing to them.

    Args:
        account: the target's harm charged by metrics, where it could be.
        symptoms: of all sources.
        graph: who calls whom.
        looked_into: services of which metrics of their own are kept.
        called: services that requests are known of; nobody suffers from others. Empty where none are known.
    """
    traced = frozenset(called)
    weights: dict[Node, Weight] = defaultdict(Weight)
    charge = None if account is None else account.charge
    if account is not None and charge is not None:
        _charge_nodes(weights, account, charge)
    requests = any(each.source != METRICS for each in symptoms)
    most = max((each.score for each in symptoms), default=0.0)
    for symptom in symptoms:
        weight = weights[symptom.node]
        value = _value(symptom, most)
        if symptom.internal:
            metric = symptom.source == METRICS
            if metric and traced and symptom.node[0] not in traced:
                value *= UNFELT
            weight.inside[metric] = max(weight.inside.get(metric, 0.0), value)
            weight.told = weight.told or symptom.share > 0.0
        elif symptom.share or not (requests or charge):
            weight.external, weight.seen = max(weight.external, value), True
    _take_off_callees(weights, graph)
    known, largest = set(looked_into), max((each.own for each in weights.values()), default=0.0)
    return {
        node: weight.total(looked_into=node[0] in known, most=largest) for node, weight in weights.items()
    }


def _charge_nodes(weights: dict[Node, Weight], account: Account, charge: Charge) -> None:
    """Give each node what it is charged with.

    Where no calls are known nothing could be taken off a caller. Its usual noise holds its callees', though,
    and theirs does not hold its: of all that carry the harm, the one where it stands out most is deepest.
    """
    own = np.clip(charge.own, 0.0, 1.0) * certainty(charge.sure, account.doubt)
    if not account.linked:
        plain = charge.sure / account.doubt
        own = own * np.sqrt(plain / max(float(plain.max()), 1.0))
    for row, node in enumerate(account.ledger.keys):
        weights[node].own, weights[node].seen = float(own[row]), True


def _value(symptom: Symptom, most: float) -> float:
    """Return a symptom's share of the harm as far as it is sure; by how far it moved where none is told."""
    if symptom.share:
        return float(certainty(symptom.score)) * symptom.share
    if most <= 0.0:
        return 0.0
    return float(certainty(symptom.score)) * UNTOLD * float(np.log1p(symptom.score) / np.log1p(most))


def _take_off_callees(weights: Mapping[Node, Weight], graph: Graph) -> None:
    """Leave of what others see of a node only what its callees do not show as well."""
    by_service: dict[str, float] = defaultdict(float)
    for (service, _), weight in weights.items():
        by_service[service] = max(by_service[service], weight.external)
    for (service, _), weight in weights.items():
        below = max((by_service.get(callee, 0.0) for callee in graph.callees(service)), default=0.0)
        weight.own = max(weight.own, weight.external - below)

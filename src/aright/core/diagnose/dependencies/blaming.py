"""Who is to blame: what metrics, traces and logs show of many services, to where it began."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.dependencies.accounting import account_of
from aright.core.diagnose.dependencies.chance import chance_without, nobody_of
from aright.core.diagnose.dependencies.findings import drafts_of, sentence
from aright.core.diagnose.dependencies.graph import Graph
from aright.core.diagnose.dependencies.measures import Measure, measure_of
from aright.core.diagnose.dependencies.panel import panel_of
from aright.core.diagnose.dependencies.series import chance_of_shifts, symptoms_of
from aright.core.diagnose.dependencies.weighing import weigh
from aright.core.model.evidence import Suspect

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.diagnose.dependencies.accounting import Account
    from aright.core.diagnose.dependencies.panel import Panel
    from aright.core.diagnose.dependencies.symptom import Node, Symptom
    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.diagnose.hypothesis import Draft
    from aright.core.model.times import Micros

MAX_SUSPECTS: Final = 10
ONE_HOST: Final = 2.0 / 3.0
"""Share of a service's blame from which on one host of several is named, rather than the service."""


@dataclass(frozen=True, kw_only=True)
class Blame:
    """Where a fault may have begun.

    Attributes:
        suspects: the likeliest first; empty where nobody is: ``nobody`` reaches one half then.
        ranking: every node with a symptom, ranked likewise and with its probability, whether blamed or not.
        path: services from the first that failed to the target; empty where nobody is blamed.
        nobody: probability that none of these services is the cause.
        symptoms: all that was looked at, the strongest first.
        drafts: findings, in the order in which they are told.
    """

    suspects: tuple[Suspect, ...] = ()
    ranking: tuple[Suspect, ...] = ()
    path: tuple[str, ...] = ()
    nobody: float = 1.0
    symptoms: tuple[Symptom, ...] = ()
    drafts: tuple[Draft, ...] = ()


def blame(telemetry: Telemetry, symptoms: Sequence[Symptom] = ()) -> Blame:
    """Say where the harm of a telemetry's target began, or that nobody is to blame.

    A node's blame is its share of the target's harm (its change × its traffic / the target's), less what its
    callees explain, as far as it goes together with the harm in time. Symptoms of its own add to it; a node
    that is looked into and has none is taken for a victim. Who calls the target and is not called by it is
    one, for harm goes from callees to callers. Whether anybody is blamed at all is told by how often healthy
    windows of the reference, judged in the same way, show as much for any node.

    Args:
        telemetry: what is known; any part of it may be missing.
        symptoms: what traces and logs show. Metrics are looked at here.
    """
    graph = Graph(telemetry.calls)
    panel = panel_of(telemetry)
    account = None if panel is None else account_of(panel, telemetry, graph)
    pattern = None if account is None or account.charge is None else account.charge.pattern
    found = (*symptoms, *(symptoms_of(panel, pattern) if panel is not None else ()))
    called = telemetry.spans["service"].unique().to_pylist()
    victims = graph.callers_alone(telemetry.target)
    weighed = weigh(account, found, graph, _looked_into(panel), called)
    blamed = _by_place({node: value for node, value in weighed.items() if node[0] not in victims})
    nobody = nobody_of(_chance(account, panel, symptoms))
    ranking = _ranked(blamed, nobody, account, found)
    somebody = nobody < 0.5 and bool(ranking)
    suspects = ranking[:MAX_SUSPECTS] if somebody else ()
    path = graph.path(suspects[0].service, telemetry.target) if suspects and telemetry.target else ()
    return Blame(
        suspects=suspects,
        ranking=ranking,
        path=path,
        nobody=nobody,
        symptoms=tuple(sorted(found, key=lambda each: -each.score)),
        drafts=drafts_of(telemetry, account, suspects, found, nobody),
    )


def _looked_into(panel: Panel | None) -> set[str]:
    if panel is None:
        return set()
    return {service for service, _, name in panel.keys if measure_of(name) is Measure.OWN}


def _chance(account: Account | None, panel: Panel | None, told: Sequence[Symptom]) -> float:
    """Return the chance that all is well and looks like this: by metrics, and by what else was told."""
    chances = []
    if account is not None:
        chances.append(account.chance)
    elif panel is not None:
        chances.append(chance_of_shifts(panel))
    if told:
        nodes = len({each.node for each in told})
        chances.append(chance_without(max(each.score for each in told), nodes))
    return min(1.0, len(chances) * min(chances)) if chances else 1.0


def _by_place(blamed: Mapping[Node, float]) -> dict[Node, float]:
    """Return blame by service, or by the one host of it on which most of it lies."""
    services: dict[str, list[tuple[float, str]]] = {}
    for (service, host), value in blamed.items():
        services.setdefault(service, []).append((value, host))
    places: dict[Node, float] = {}
    for service, hosts in services.items():
        value, host = max(hosts)
        alone = value >= ONE_HOST * sum(each for each, _ in hosts)
        places[service, host if alone else ""] = value if alone else min(1.0, sum(each for each, _ in hosts))
    return places


def _ranked(
    blamed: Mapping[Node, float], nobody: float, account: Account | None, found: Sequence[Symptom]
) -> tuple[Suspect, ...]:
    """Return suspects; probabilities go with the square of blame, as evidence of shares in one whole does."""
    total = sum(value * value for value in blamed.values())
    if total <= 0.0:
        return ()
    told: dict[str, list[Symptom]] = defaultdict(list)
    for symptom in found:
        told[symptom.node[0]].append(symptom)
    order = sorted((node for node in blamed if blamed[node] > 0.0), key=lambda each: (-blamed[each], each))
    suspects = []
    for place, node in enumerate(order):
        own = [each for each in told[node[0]] if node[1] in {"", each.node[1]}]
        suspects.append(
            Suspect(
                service=node[0],
                host=node[1],
                probability=(1.0 - nobody) * blamed[node] ** 2 / total,
                score=blamed[node],
                onset=_onset(own, account),
                internal=any(each.internal for each in own),
                text=sentence(node, account, own) if place < MAX_SUSPECTS else "",
            )
        )
    return tuple(suspects)


def _onset(symptoms: Sequence[Symptom], account: Account | None) -> Micros:
    """Return when the strongest symptom began; when the target's harm did, where none tells."""
    told = [each for each in symptoms if each.onset]
    if told:
        return max(told, key=lambda each: each.score).onset
    return 0 if account is None else account.onset

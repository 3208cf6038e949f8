"""How a service's new versions reach its users, in `aright.yaml`."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

from msgspec import structs

from aright.adapters.catalog.addresses import web_address
from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.splits import read_split
from aright.adapters.catalog.tree import Fields, Node, Scalar
from aright.core.model.release import Metric, Policy
from aright.core.model.rollout import MlflowAlias, Rollout
from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.service import Service

ROLLOUT_KEYS: Final[dict[str, str]] = {
    "registry": "where the alias of the version that serves is.",
    "traffic": "how units are split between two versions: a mapping from one way to its fields.",
    "steps": "a list of rising shares that the canary serves; 1 %, 5 %, 25 %, 50 % where left out.",
    "step_margins": "ratios of failing units to rule out before each step is left, as many as steps; "
    "falling from 10 to the last, 1.5, where left out.",
    "metrics": "a list of what is watched: names, or mappings; errors, the service's quality and its "
    "latency limits where left out.",
    "segments": "a list of attributes whose values are watched one by one; the service's where left out.",
    "segment_margin": "ratio of failing units to rule out in each part before all; 3 where left out.",
    "alpha": "probability that a version as good as the one before is ever rolled back; 0.01 where left out.",
    "beta": "probability that a version worse by its margin ever gets through; 0.05 where left out.",
    "look_every": "how often a release is looked at, 1s to 1d; 1m where left out.",
    "patience": "how long a step may stay without an end before people are told; 1d where left out.",
    "shadow_pairs": "how many pairs a shadow needs; 0, no shadow, where left out.",
    "shadow_for": "how long a shadow may take; 1d where left out.",
    "verify_for": "how long a version is watched once it serves all; 1h where left out.",
    "approvals": "a list of states that a person must let it into: canary, promoting.",
    "hold_out": "share of refusals that the service answers otherwise at random; 0 where left out.",
}
"""What a rollout may say, by key."""

REGISTRY_KEYS: Final[dict[str, str]] = {
    "mlflow": "the address of MLflow's registry; needed.",
    "model": "the model's name there; needed.",
    "alias": "the alias of the version that serves all; champion where left out.",
    "candidate": "the alias of the version that the canary serves; candidate where left out.",
    "bearer_token_file": "a file with the token to send.",
    "basic_auth_file": "a file with NAME:PASSWORD to send; it or a token, not both.",
    "ready": "a list of addresses of serving processes that answer which versions they have loaded.",
}
"""What a registry may say, by key."""

METRIC_KEYS: Final[dict[str, str]] = {
    "name": "error_share, fallback_share, declined, score, slower:MS, quality:KIND, events:KIND, "
    "missed:KIND, wrongly_declined:KIND or (of shadows alone) disagreement; needed.",
    "on_harm": "roll_back, or hold for what may move for good reasons; roll_back where left out, but for "
    "disagreement.",
    "margin": "how many times the failing units of the version before are still good enough; 0 where going "
    "on does not wait for it; the step's where left out.",
}
"""What a metric of a rollout may say, by key."""

_METRIC: Final = re.compile(
    r"error_share|fallback_share|declined|disagreement|score|slower:\d+(\.\d+)?|(quality|events):\S+"
)
_RESERVED: Final = re.compile(r"latest|v\d+", re.IGNORECASE)
_STATES: Final = ("canary", "promoting")
_HARMS: Final = ("roll_back", "hold")
_DISAGREEMENT: Final = "disagreement"
_MOST: Final = 20


def read_rollout(service: Reader, told: Service, environment: Mapping[str, str] | None) -> Rollout | None:
    """Return how new versions reach users, ``None`` where the service does not say so.

    Args:
        service: the service's fields.
        told: the service as read, whose quality, segments and latency limits are the defaults.
        environment: what secrets are read from; ``None`` reads none.
    """
    node = service.node("rollout")
    if node is None:
        return None
    reader = Reader(node, service.said, "a rollout", tuple(ROLLOUT_KEYS))
    return Rollout(
        policy=_policy(reader, told), registry=_registry(reader), traffic=read_split(reader, environment)
    )


def _policy(reader: Reader, told: Service) -> Policy:
    usual = Policy()
    steps = _steps(reader)
    return Policy(
        steps=steps,
        step_margins=_margins(reader, len(steps)),
        metrics=_metrics(reader, told),
        segments=reader.texts("segments") or told.segments,
        segment_margin=reader.number("segment_margin", 3.0, low=1, high=1_000, open_ends=True) or 3.0,
        alpha=reader.number("alpha", usual.alpha, low=0, high=0.5, open_ends=True) or usual.alpha,
        beta=reader.number("beta", usual.beta, low=0, high=0.5, open_ends=True) or usual.beta,
        look_every=reader.span("look_every", MINUTE, low=MINUTE // 60, high=DAY),
        patience=reader.span("patience", DAY, low=MINUTE, high=90 * DAY),
        shadow_pairs=reader.integer("shadow_pairs", 0, low=0, high=10_000_000),
        shadow_for=reader.span("shadow_for", DAY, low=MINUTE, high=90 * DAY),
        verify_for=reader.span("verify_for", HOUR, low=MINUTE, high=90 * DAY),
        approvals=_approvals(reader),
        hold_out=reader.number("hold_out", 0.0, low=0, high=0.5) or 0.0,
    )


def _steps(reader: Reader) -> tuple[float, ...]:
    found = _numbers(reader, "steps", "a share above 0 and below 1", 0, 1)
    if any(later <= earlier for earlier, later in itertools.pairwise(found)):
        reader.tell("steps", "the steps do not rise", "a canary grows from step to step", "Order them")
        return Policy().steps
    return found or Policy().steps


def _margins(reader: Reader, count: int) -> tuple[float, ...]:
    found = _numbers(reader, "step_margins", "a ratio above 1 and below 1,000", 1, 1_000)
    if found and len(found) != count:
        reader.tell(
            "step_margins",
            f"there are {len(found)} margins for {count} steps",
            "each step is left by its own",
            "Give as many as there are steps",
        )
    elif any(later > earlier for earlier, later in itertools.pairwise(found)):
        reader.tell("step_margins", "the margins rise", "more must be known before more serve", "Order them")
    elif found:
        return found
    first, last = Policy().step_margins[0], Policy().step_margins[-1]
    if count == len(Policy().steps):
        return Policy().step_margins
    ratio = (last / first) ** (1 / max(count - 1, 1))
    return (*(round(first * ratio**at, 2) for at in range(count - 1)), last)


def _numbers(reader: Reader, name: str, wanted: str, low: float, high: float) -> tuple[float, ...]:
    found = []
    for node in reader.items(name)[:_MOST]:
        text = node.text if isinstance(node, Scalar) else ""
        plain = text.removesuffix("%").strip()
        value = float(plain) if re.fullmatch(r"\d{1,6}(\.\d{1,9})?", plain) else -1.0
        value = value / 100 if text.endswith("%") and value > 0 else value
        if low < value < high:
            found.append(value)
        else:
            reader.said.tell(
                node.line, f"{shown(text) or 'this'} is no entry of {name}", f"it is {wanted}", "Mend it"
            )
    return tuple(found)


def _metrics(reader: Reader, told: Service) -> tuple[Metric, ...]:
    if not reader.has("metrics"):
        return usual_metrics(told)
    found: dict[str, Metric] = {}
    for node in reader.items("metrics")[:_MOST]:
        metric = _metric(reader, node)
        if metric is not None and metric.name in found:
            reader.said.tell(
                node.line, f"{shown(metric.name)} is watched twice", "once is enough", "Take one out"
            )
        if metric is not None:
            found[metric.name] = metric
    return tuple(found.values()) or usual_metrics(told)


def usual_metrics(told: Service) -> tuple[Metric, ...]:
    """Return what is watched where the catalog does not say.

    >>> from aright.core.model.service import Service
    >>> [each.name for each in usual_metrics(Service(key="a", quality=("click",), latency_limits=(300.0,)))]
    ['error_share', 'quality:click', 'slower:300']
    """
    proxies = ("declined",) if told.type == "fraud" and (told.threshold is not None or told.approving) else ()
    return (
        Metric(name="error_share"),
        *(Metric(name=f"quality:{kind}") for kind in told.quality),
        *(Metric(name=f"slower:{limit:g}") for limit in told.latency_limits),
        *(Metric(name=name, on_harm="hold", margin=0.0) for name in proxies),
    )


def with_usual_metrics(before: Service, service: Service) -> Service:
    """Return the service with the usual metrics where it had those before more became known of it."""
    rollout = service.rollout
    if rollout is None or rollout.policy.metrics != usual_metrics(before):
        return service
    policy = structs.replace(rollout.policy, metrics=usual_metrics(service))
    return structs.replace(service, rollout=structs.replace(rollout, policy=policy))


def _metric(reader: Reader, node: Node) -> Metric | None:
    if isinstance(node, Fields):
        each = Reader(node, reader.said, "a metric", tuple(METRIC_KEYS))
        name, margin = each.text("name", needed=True), each.number("margin", low=0, high=1_000)
        if margin is not None and 0 < margin <= 1:
            each.tell("margin", f"margin is {margin:g}", "it is a ratio above 1, or 0", "Write such as 1.5")
            margin = None
        metric = Metric(name=name, on_harm=each.one_of("on_harm", _HARMS, _usual(name)), margin=margin)
    else:
        name = node.text.strip() if isinstance(node, Scalar) and not node.null else ""
        metric = Metric(name=name, on_harm=_usual(name))
    if not _METRIC.fullmatch(metric.name) or len(metric.name) > 200:
        reader.said.tell(
            node.line,
            f"{shown(metric.name) or 'this'} is no metric of a rollout",
            "nothing would be counted",
            f"Write one of {METRIC_KEYS['name'].partition(';')[0]}",
        )
        return None
    return metric


def _usual(name: str) -> str:
    """Return what harm in a metric does where that is left out: answers that differ need not be worse."""
    return "hold" if name == _DISAGREEMENT else "roll_back"


def _approvals(reader: Reader) -> tuple[str, ...]:
    found = reader.texts("approvals")
    for name in found:
        if name not in _STATES:
            reader.said.unknown(reader.at("approvals"), name, "approvals", _STATES)
    return tuple(each for each in found if each in _STATES)


def _registry(rollout: Reader) -> MlflowAlias | None:
    node = rollout.node("registry")
    if node is None:
        return None
    reader = Reader(node, rollout.said, "a registry", tuple(REGISTRY_KEYS))
    if reader.has("bearer_token_file") and reader.has("basic_auth_file"):
        reader.tell(
            "basic_auth_file",
            "the registry has a token and a password",
            "only one can be sent",
            "Take one away",
        )
    found = MlflowAlias(
        mlflow=web_address(reader, "mlflow", needed=True),
        model=reader.text("model", needed=True),
        alias=_alias(reader, "alias", "champion"),
        candidate=_alias(reader, "candidate", "candidate"),
        bearer_token_file=reader.text("bearer_token_file"),
        basic_auth_file=reader.text("basic_auth_file"),
        ready=reader.texts("ready"),
    )
    for url in found.ready:
        if not url.startswith(("http://", "https://")):
            reader.tell("ready", f"{shown(url)} is no web address", "it is asked over HTTP", "Write http://…")
    if found.alias == found.candidate:
        reader.tell("candidate", "both aliases are one", "two versions are to be told apart", "Rename one")
    return found if found.mlflow and found.model else None


def _alias(reader: Reader, name: str, default: str) -> str:
    found = reader.text(name, default)
    if _RESERVED.fullmatch(found):
        reader.tell(name, f"{shown(found)} is reserved by MLflow", "it is no alias", "Write such as champion")
        return default
    return found

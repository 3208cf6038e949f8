"""Splitting traffic by the weights of two of HAProxy's servers (management guide, section 9.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.adapters.traffic_haproxy.servers import Backend, named, read
from aright.adapters.traffic_haproxy.socket import ask
from aright.core.mitigate.shares import Weights, met, percent, weights
from aright.core.model.foreign_text import harmless
from aright.core.model.rollout import HaproxyTraffic
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.rollout import TrafficConfig

HEAVIEST: Final = 256
"""The largest weight that HAProxy takes."""

_BY_REQUEST: Final = frozenset({"roundrobin", "static-rr", "leastconn", "random", "first"})


class HaproxyWeights:
    """Sets weights over the admin socket; keeps nothing, so many threads may call it."""

    def share(self, at: TrafficConfig) -> float:
        """Return what the candidate gets, by the weights and by who is up; raises ``TrafficError``."""
        backend = read(_own(at))
        _alone(_own(at), backend)
        return backend.share

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:  # noqa: ARG002 - may be repeated
        """Set both weights and read them back; raises ``TrafficError``."""
        at = _own(at)
        wanted, before = weights(share, HEAVIEST), read(at)
        _possible(at, before, wanted)
        if before.weights == wanted:
            return f"{_told(at, wanted, share)}, as before. {_spread(before)}".strip()
        for answer in ask(at.socket, _commands(at, before.weights, wanted)).splitlines():
            if answer.strip():
                raise _refused(answer)
        after = read(at)
        if after.weights != wanted:
            raise TrafficError(
                f"HAProxy took weights of {wanted.stable} and {wanted.canary} for {at.backend}, and has "
                f"{after.stable.weight} and {after.canary.weight}: something else sets them, too. "
                "Find what does."
            )
        return f"{_told(at, wanted, share)}; it was {percent(before.share)}. {_spread(before)}".strip()

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Say which weights would be set, having read those there are; raises ``TrafficError``."""
        at = _own(at)
        wanted, before = weights(share, HEAVIEST), read(at)
        _possible(at, before, wanted)
        return (
            f"would set: {_told(at, wanted, share)}; it is {percent(before.share)}. {_spread(before)}".strip()
        )

    def warning(self, at: TrafficConfig) -> str:  # noqa: ARG002 - the port's
        """Return nothing: weights move without a reload, and no connection is cut."""
        return ""


def _own(at: TrafficConfig) -> HaproxyTraffic:
    assert isinstance(at, HaproxyTraffic)  # noqa: S101 - bootstrap hands each way its own
    return at


def _commands(at: HaproxyTraffic, before: Weights, wanted: Weights) -> str:
    """Return one line that raises first, so that at no moment both weights are 0."""
    stable = f"set server {named(at, at.stable)} weight {wanted.stable}"
    canary = f"set server {named(at, at.canary)} weight {wanted.canary}"
    return f"{canary}; {stable}" if wanted.canary > before.canary else f"{stable}; {canary}"


def _alone(at: HaproxyTraffic, backend: Backend) -> None:
    if backend.others:
        raise TrafficError(
            f"HAProxy's backend {at.backend} has more servers that serve: "
            f"{', '.join(backend.others[:8])}. Between two "
            "a share can be told: give each version one server that leads to its own backend.",
            permanent=True,
        )


def _possible(at: HaproxyTraffic, backend: Backend, wanted: Weights) -> None:
    """Refuse to send anything where nothing would answer; taking all away is always possible."""
    if wanted.canary:
        _alone(at, backend)
    for server, weight in ((backend.stable, wanted.stable), (backend.canary, wanted.canary)):
        if weight and not server.serves:
            raise TrafficError(
                f"{at.backend}/{server.name} is {server.status or 'in no known state'}: what is sent "
                "there would "
                "fail. Bring it up (`set server … state ready`, or its health check), then try again."
            )


def _refused(answer: str) -> TrafficError:
    told = harmless(answer)
    known = {
        "Permission denied": "Give its `stats socket` line `level admin`.",
        "static LB": "Use `balance roundrobin`, or a hash with `hash-type consistent`, in that backend.",
    }
    advice = next((fix for sign, fix in known.items() if sign in told), "Read its answer.")
    return TrafficError(f"HAProxy refused the weights: {told} {advice}", permanent=True)


def _told(at: HaproxyTraffic, wanted: Weights, share: float) -> str:
    there = met(share, wanted.share)
    return f"{at.canary} gets {there} of {at.backend}, by weights {wanted.canary} to {wanted.stable}"


def _spread(backend: Backend) -> str:
    if backend.way not in _BY_REQUEST:
        return ""
    return (
        f"`balance {backend.way}` spreads request by request, so one unit may see both versions; "
        "a hash with `hash-type consistent` does not."
    )

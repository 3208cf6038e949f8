"""Splitting and mirroring traffic by runtime fractions of Envoy's routes.

A route's ``runtime_fraction``, or a mirror policy's, names a key; its value is the numerator, and the
denominator is that of the route's default (route.proto, ``RuntimeFractionalPercent``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.adapters.traffic_envoy.admin import LONGEST, AdminDoor, Runtime
from aright.core.mitigate.shares import met, parts, percent
from aright.core.model.foreign_text import harmless
from aright.core.model.rollout import EnvoyTraffic
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.rollout import TrafficConfig

DENOMINATORS: Final = (100, 10_000, 1_000_000)
"""What Envoy can count in."""


class EnvoyRuntime:
    """Sets the runtime keys of the canary's and of the mirrored fraction; thread-safe.

    Args:
        longest: how long one request may take (seconds).
    """

    def __init__(self, longest: float = LONGEST) -> None:
        self._door = AdminDoor(longest)

    def share(self, at: TrafficConfig) -> float:
        """Return the canary's fraction; raises ``TrafficError``."""
        at = _own(at)
        return self._fraction(at, at.key)

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:  # noqa: ARG002 - may be repeated
        """Set the canary's fraction and read it back; raises ``TrafficError``."""
        at = _own(at)
        return f"the candidate gets {self._set(at, at.key, share)}"

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Say what would be set, having read what there is; raises ``TrafficError``."""
        at = _own(at)
        now, wanted = self._fraction(at, at.key), parts(share, at.denominator)
        return (
            f"would set {at.key} to {wanted} of {at.denominator:,}: the candidate would get "
            f"{met(share, wanted / at.denominator)}; it gets {percent(now)}"
        )

    def mirrored(self, at: TrafficConfig) -> float:
        """Return the fraction that is copied to the candidate; 0 where none is set up, ``TrafficError``."""
        at = _own(at)
        return self._fraction(at, at.mirror_key) if at.mirror_key else 0.0

    def mirror(self, at: TrafficConfig, share: float, *, key: str) -> str:  # noqa: ARG002 - may be repeated
        """Copy that share of requests to the candidate, unseen by users; raises ``TrafficError``."""
        at = _own(at)
        if not at.mirror_key:
            raise TrafficError(
                "no key of a mirrored fraction is known: give `mirror_key` in the catalog, the "
                "`runtime_key` of "
                "the route's `request_mirror_policies`.",
                permanent=True,
            )
        return f"the candidate is given copies of {self._set(at, at.mirror_key, share)}"

    def warning(self, at: TrafficConfig) -> str:
        """Say what a runtime key does not promise."""
        return (
            f"Envoy forgets {harmless(_own(at).key, 80)} when it restarts, and serves what its static "
            "layer says: let that be "
            "the stable version. A fraction is drawn request by request, so one unit may see both versions."
        )

    def _set(self, at: EnvoyTraffic, name: str, share: float) -> str:
        before = self._fraction(at, name)
        wanted = parts(share, at.denominator)
        told = f"{met(share, wanted / at.denominator)}, by {name} = {wanted} of {at.denominator:,}"
        if before == wanted / at.denominator:
            return f"{told}, as before"
        self._door.modify(at.admin, {name: str(wanted)})
        after = self._fraction(at, name)
        if after != wanted / at.denominator:
            raise TrafficError(
                f"Envoy took {name} = {wanted}, and its final value stands for {percent(after)}: a "
                "layer after the "
                "admin layer says otherwise. Make `admin_layer` the last of `layered_runtime`.",
                permanent=True,
            )
        return f"{told}; it was {percent(before)}"

    def _fraction(self, at: EnvoyTraffic, name: str) -> float:
        if at.denominator not in DENOMINATORS:
            raise TrafficError(
                f"{at.denominator} is no denominator of Envoy's: there are 100, 10,000 and 1,000,000. "
                "Give that of the route's default_value.",
                permanent=True,
            )
        return min(_value(self._door.runtime(at.admin), name) / at.denominator, 1.0)


def _own(at: TrafficConfig) -> EnvoyTraffic:
    assert isinstance(at, EnvoyTraffic)  # noqa: S101 - bootstrap hands each way its own
    return at


def _value(runtime: Runtime, name: str) -> int:
    """Return a key's final value; one that no layer has is refused, for it may be one that no route reads."""
    entry = runtime.entries.get(name)
    told = str(entry.final_value) if entry is not None else ""
    if entry is None:
        raise TrafficError(
            f"no layer of Envoy's runtime has {harmless(name, 80)}: if it is misspelt, setting it "
            "would move nothing. "
            f"Put `{harmless(name, 80)}: 0` into a static layer, and its name into the route's "
            "runtime_fraction.",
            permanent=True,
        )
    if not told.isdecimal() or len(told) > 9:
        raise TrafficError(
            f"{harmless(name, 80)} is {harmless(told, 40)!r} in Envoy's runtime, which is no whole number. "
            "Is it the key of a fraction?",
            permanent=True,
        )
    return int(told)

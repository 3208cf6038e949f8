"""Splitting traffic by ``canaryTrafficPercent``: the newest revision gets it, the last good one the rest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.traffic_kubernetes.api import Api, host
from aright.core.mitigate.shares import met, parts, percent
from aright.core.model.foreign_text import harmless
from aright.core.model.rollout import KserveTraffic
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.rollout import TrafficConfig

SETTLING: Final = 30.0
"""Seconds until the routes must say what the object asks for."""

_PAUSE: Final = 0.1
_MODE: Final = "serving.kserve.io/deploymentMode"
_SPLITS: Final = frozenset({"", "Serverless", "Knative"})


class Route(msgspec.Struct, frozen=True, rename="camel"):
    """Where some of the requests go."""

    percent: int | None = None
    latest_revision: bool = False


class Component(msgspec.Struct, frozen=True):
    """What is known of the predictor."""

    traffic: list[Route] = []


class State(msgspec.Struct, frozen=True):
    """What is known."""

    components: dict[str, Component] = {}


class Predictor(msgspec.Struct, frozen=True, rename="camel"):
    """What is asked for."""

    canary_traffic_percent: int | None = None


class Spec(msgspec.Struct, frozen=True):
    """What is asked for."""

    predictor: Predictor = Predictor()


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    """Which object, and how it was when it was read."""

    resource_version: str = ""
    annotations: dict[str, str] = {}


class InferenceService(msgspec.Struct, frozen=True):
    """An InferenceService, as far as it is read."""

    metadata: Metadata = Metadata()
    spec: Spec = Spec()
    status: State = State()

    @property
    def asked(self) -> int:
        """What the object asks for (percent); the newest revision gets all where it asks for nothing."""
        found = self.spec.predictor.canary_traffic_percent
        return 100 if found is None else found

    @property
    def routed(self) -> int:
        """What the newest revision gets by the routes (percent); as asked where none are told."""
        predictor = self.status.components.get("predictor", Component())
        if not predictor.traffic:
            return self.asked
        return sum(each.percent or 0 for each in predictor.traffic if each.latest_revision)


class KserveCanary:
    """Patches the percentage; keeps nothing, so many threads may call it.

    Args:
        settling: how long routes may take to follow (seconds).
    """

    def __init__(self, settling: float = SETTLING) -> None:
        self._api = Api("serving.kserve.io/v1beta1", "inferenceservices")
        self._settling = settling

    def share(self, at: TrafficConfig) -> float:
        """Return what the newest revision gets by the routes; raises ``TrafficError``."""
        return self._read(_own(at)).routed / 100

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:  # noqa: ARG002 - may be repeated
        """Patch the percentage and wait for the routes to follow; raises ``TrafficError``."""
        at = _own(at)
        wanted, before = parts(share, 100), self._read(at)
        told = f"the newest revision of {at.name} gets {met(share, wanted / 100)}"
        if before.asked == wanted == before.routed:
            return f"{told}, as before"
        if before.asked != wanted:
            self._api.patch(at, _change(wanted, before))
        until = time.monotonic() + self._settling
        while (after := self._read(at)).routed != wanted or after.asked != wanted:
            if after.asked != wanted:
                raise TrafficError(
                    f"{at.name} was to give {wanted} % to its newest revision, and asks for {after.asked} %: "
                    "something else sets it, too (a GitOps controller?). Find what does."
                )
            if time.monotonic() > until:
                raise TrafficError(
                    f"{at.name} asks for {wanted} %, and its routes still give {after.routed} % after "
                    f"{self._settling:g} s. Is the newest revision ready? Look at its status."
                )
            time.sleep(_PAUSE)
        return f"{told}; it was {percent(before.routed / 100)}"

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Say what would be patched, having read what there is; raises ``TrafficError``."""
        at = _own(at)
        wanted, before = parts(share, 100), self._read(at)
        return (
            f"would set canaryTrafficPercent of {at.name} to {wanted}: its newest revision would get "
            f"{met(share, wanted / 100)}; it gets {percent(before.routed / 100)}"
        )

    def warning(self, at: TrafficConfig) -> str:  # noqa: ARG002 - the port's
        """Say which revision is meant."""
        return (
            "KServe's candidate is the newest revision, whichever that is: a change of the InferenceService "
            "meanwhile makes another one."
        )

    def _read(self, at: KserveTraffic) -> InferenceService:
        try:
            found = msgspec.json.decode(self._api.get(at), type=InferenceService)
        except msgspec.DecodeError as error:
            raise TrafficError(
                f"what {host(at)} answers is no InferenceService: {harmless(str(error))}. Is `api` right?",
                permanent=True,
            ) from error
        mode = found.metadata.annotations.get(_MODE, "")
        if mode not in _SPLITS:
            raise TrafficError(
                f"{at.name} is deployed as {harmless(mode, 40)}, where KServe splits no traffic. Only "
                "serverless "
                "InferenceServices have canaries.",
                permanent=True,
            )
        return found


def _own(at: TrafficConfig) -> KserveTraffic:
    assert isinstance(at, KserveTraffic)  # noqa: S101 - bootstrap hands each way its own
    return at


def _change(wanted: int, before: InferenceService) -> dict[str, object]:
    """Return the patch; with the version that was read, so that the API refuses it where that is old."""
    change: dict[str, object] = {"spec": {"predictor": {"canaryTrafficPercent": wanted}}}
    if before.metadata.resource_version:
        change["metadata"] = {"resourceVersion": before.metadata.resource_version}
    return change

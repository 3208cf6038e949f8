"""Moving a Rollout of Argo along its own steps: promoted, promoted in full, or aborted by merge patches."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.traffic_kubernetes.api import Api, Missing, host
from aright.core.mitigate.shares import percent, same
from aright.core.model.foreign_text import harmless
from aright.core.model.rollout import ArgoTraffic
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.rollout import TrafficConfig

SETTLING: Final = 30.0
"""Seconds that Argo's controller may take to follow."""

_PAUSE: Final = 0.1


class Step(msgspec.Struct, frozen=True, rename="camel"):
    """A step of a Rollout, as far as it sets a weight."""

    set_weight: int | None = None


class Canary(msgspec.Struct, frozen=True):
    """The canary strategy."""

    steps: list[Step] = []


class Strategy(msgspec.Struct, frozen=True):
    """How a Rollout rolls out; no canary where it goes another way."""

    canary: Canary | None = None


class Spec(msgspec.Struct, frozen=True):
    """What is asked for."""

    strategy: Strategy = Strategy()


class Weight(msgspec.Struct, frozen=True):
    """What one side gets (percent)."""

    weight: int = 0


class Weights(msgspec.Struct, frozen=True):
    """What both sides get."""

    canary: Weight = Weight()


class CanaryState(msgspec.Struct, frozen=True):
    """What a traffic router was told."""

    weights: Weights | None = None


class State(msgspec.Struct, frozen=True, rename="camel"):
    """Where a Rollout stands."""

    abort: bool = False
    current_step_index: int | None = None
    current_pod_hash: str = ""
    stable_rs: str = msgspec.field(default="", name="stableRS")
    canary: CanaryState = CanaryState()


class Rollout(msgspec.Struct, frozen=True):
    """A Rollout, as far as it is read."""

    spec: Spec = Spec()
    status: State = State()

    @property
    def done(self) -> bool:
        """Whether the newest version is the stable one."""
        return bool(self.status.stable_rs) and self.status.stable_rs == self.status.current_pod_hash

    @property
    def weight(self) -> int:
        """What the newest version gets (percent); by the steps passed where no router is told of."""
        if self.done:
            return 100
        if self.status.abort:
            told = self.status.canary.weights
            return told.canary.weight if told is not None else 0
        if self.status.canary.weights is not None:
            return self.status.canary.weights.canary.weight
        passed = self.steps[: self.status.current_step_index or 0]
        return next((each.set_weight for each in reversed(passed) if each.set_weight is not None), 0)

    @property
    def steps(self) -> list[Step]:
        """The steps of the canary."""
        return self.spec.strategy.canary.steps if self.spec.strategy.canary is not None else []

    @property
    def next_weight(self) -> int:
        """What the newest version gets once the step is left (percent)."""
        ahead = self.steps[(self.status.current_step_index or 0) :]
        return next((each.set_weight for each in ahead if each.set_weight is not None), 100)


class ArgoRollouts:
    """Promotes and aborts; keeps nothing, so many threads may call it.

    Args:
        settling: how long the controller may take to follow (seconds).
    """

    def __init__(self, settling: float = SETTLING) -> None:
        self._api = Api("argoproj.io/v1alpha1", "rollouts")
        self._settling = settling

    def share(self, at: TrafficConfig) -> float:
        """Return what the newest version gets, by the status; raises ``TrafficError``."""
        return self._read(_own(at)).weight / 100

    def send(self, at: TrafficConfig, share: float, *, key: str) -> str:  # noqa: ARG002 - may be repeated
        """Abort for 0, promote in full for 1, else by one step where it fits; raises ``TrafficError``."""
        at = _own(at)
        before = self._read(at)
        if same(share, before.weight / 100):
            return f"{at.name} gives {percent(before.weight / 100)} to its newest version, as before"
        what, change = _change(at, before, share)
        self._patch(at, change)
        until = time.monotonic() + self._settling
        while not same(share, (after := self._read(at)).weight / 100):
            if time.monotonic() > until:
                raise TrafficError(
                    f"{at.name} was {what}, and its newest version still gets {after.weight} % after "
                    f"{self._settling:g} s. Is Argo's controller running? Look at the Rollout's status."
                )
            time.sleep(_PAUSE)
        now, was = percent(after.weight / 100), percent(before.weight / 100)
        return f"{at.name} was {what}: its newest version gets {now}; it was {was}"

    def dry_run(self, at: TrafficConfig, share: float) -> str:
        """Say what would be patched, having read what there is; raises ``TrafficError``."""
        at = _own(at)
        before = self._read(at)
        now = percent(before.weight / 100)
        if same(share, before.weight / 100):
            return f"would do nothing: the newest version of {at.name} gets {now}"
        what, _ = _change(at, before, share)
        return f"{at.name} would be {what}, for {percent(share)}; its newest version gets {now}"

    def warning(self, at: TrafficConfig) -> str:  # noqa: ARG002 - the port's
        """Say whose the weights are."""
        return (
            "weights are those of the Rollout's own steps: give its policy the same, each followed "
            "by `pause: {}`. "
            "An aborted Rollout goes on only after a change or a retry in Argo."
        )

    def _patch(self, at: ArgoTraffic, change: dict[str, object]) -> None:
        """Patch the status by itself, or the whole where the kind was installed without that part."""
        try:
            self._api.patch(at, change, "/status")
        except Missing:
            self._api.patch(at, change)

    def _read(self, at: ArgoTraffic) -> Rollout:
        try:
            found = msgspec.json.decode(self._api.get(at), type=Rollout)
        except msgspec.DecodeError as error:
            raise TrafficError(
                f"what {host(at)} answers is no Rollout: {harmless(str(error))}. Is `api` right?",
                permanent=True,
            ) from error
        if found.spec.strategy.canary is None:
            raise TrafficError(f"{at.name} has no canary strategy, so it has no shares.", permanent=True)
        return found


def _own(at: TrafficConfig) -> ArgoTraffic:
    assert isinstance(at, ArgoTraffic)  # noqa: S101 - bootstrap hands each way its own
    return at


def _change(at: ArgoTraffic, before: Rollout, share: float) -> tuple[str, dict[str, object]]:
    """Return what is done, in a word, and its patch; raises ``TrafficError`` where it cannot be had."""
    if before.done:
        raise TrafficError(
            f"{at.name} has no version under way: its newest one serves all. Undo the deploy in Argo.",
            permanent=True,
        )
    if share == 0:
        return "aborted", {"status": {"abort": True}}
    if before.status.abort:
        raise TrafficError(f"{at.name} was aborted. Retry it in Argo, then go on here.", permanent=True)
    if share == 1:
        return "promoted in full", {"status": {"promoteFull": True}}
    if same(share, before.next_weight / 100):
        return "promoted to its next step", {"status": {"pauseConditions": None}}
    raise TrafficError(
        f"{at.name} is at {before.weight} % and its next step gives {before.next_weight} %, not "
        f"{percent(share)}: "
        "let the policy's steps be those of the Rollout.",
        permanent=True,
    )

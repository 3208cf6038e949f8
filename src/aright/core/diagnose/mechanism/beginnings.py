"""In which service a fault began, where nobody else has told: down the calls from who is harmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.diagnose.mechanism.modes import GENERAL, Mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.diagnose.mechanism.fault import Movement, Sign


def began(
    telemetry: Telemetry,
    signs: Sequence[Sign],
    movements: Sequence[Movement],
    calls: AbstractSet[tuple[str, str]],
) -> dict[str, float]:
    """Return the service that a fault began in, with probability 1; empty where nothing is wrong anywhere.

    From the service that is harmed, or the first that fails in its own words where none is named, down to the
    last that fails in its own words, through those that only pass failures on. Durations are looked at where
    nobody says anything.
    """
    failing = _since((each.service, each.at) for each in signs)
    own = _since((each.service, each.at) for each in signs if _own(each))
    if not failing:
        failing = own = _since((each.service, each.at) for each in movements if not each.ramp)
    start = telemetry.target or min(own or failing, key=lambda each: (failing[each], each), default="")
    return {_deepest(start, calls, failing, own): 1.0} if start else {}


def _deepest(
    start: str, calls: AbstractSet[tuple[str, str]], failing: Mapping[str, int], own: Mapping[str, int]
) -> str:
    """Return the service farthest down failing ones that fails in its own words, else ``start``."""
    found, fresh, passed = start, {start}, {start}
    while fresh := {callee for caller, callee in calls if caller in fresh and callee in failing} - passed:
        passed |= fresh
        if here := sorted(fresh & own.keys(), key=lambda each: (own[each], each)):
            found = here[0]
    return found


def _since(told: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for service, at in told:
        found[service] = min(found.get(service, at), at)
    return found


def _own(sign: Sign) -> bool:
    return bool(sign.modes - GENERAL) or Mode.PASSED_ON not in sign.modes

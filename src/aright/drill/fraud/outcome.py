"""What must come of this drill: the truth is the plan's, and no bad release may have reached all payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.fraud.plan import Link, Plan
from aright.drill.outcome import RESTORED, common_facts
from aright.drill.result import Check, Facts, Released, Result, same, within
from aright.drill.times import MINUTE, SECOND

if TYPE_CHECKING:
    from aright.drill.fraud.conductor import Followed, Told
    from aright.drill.fraud.payers import Payers
    from aright.drill.oncall import Notes
    from aright.drill.pager import Pager
    from aright.drill.scenario import Played

NAME: Final = "fraud-release"

LARGEST: Final = 0.5
"""Share of the cards that a bad release may be served to: the last step of the ramp."""

FOLLOWED: Final = 2.0
"""Wall seconds within which processes must follow an alias: they do in 0.2, on a machine that has time."""

BACK_WITHIN: Final = 10 * MINUTE
"""Within which the forced release must have been put back, and found to be."""

WORSE: Final = 2.0
"""How many times as many wrong decisions the forced release makes at least, or nothing is shown."""

_LINKS: Final = {"shadow": Link.SHADOW, "canary": Link.CANARY, "verifying": Link.PRODUCTION}
"""By stage of the look that ended it: where a release was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the drill knows and aright had to find out.

    Attributes:
        plan: what happened.
        payers: what was paid, and how it was decided.
        told: what came of each release.
        followed: how processes followed their aliases.
        router: what split the cards.
        played: what the play knows.
    """

    plan: Plan
    payers: Payers
    told: tuple[Told, ...]
    followed: Followed
    router: str
    played: Played


def judge(truth: Truth, notes: Notes, pager: Pager) -> Result:
    """Return a drill's result."""
    forced = next((one for one in truth.told if one.coming.forced), None)
    onset = forced.at if forced is not None else truth.plan.start
    facts = msgspec.structs.replace(
        common_facts(notes, pager, truth.played, onset=onset),
        releases=tuple(_released(truth, one) for one in truth.told),
        followed_wall_s=truth.followed.slowest,
        requests=truth.payers.asked,
        **(_users(truth, forced) if forced is not None else {}),
    )
    checks = [
        same("rows lost", 0, facts.lost),
        same("rows late", 0, facts.late),
        same("releases", len(truth.plan.releases), len(truth.told)),
        *(check for one, seen in zip(truth.told, facts.releases, strict=True) for check in _of(one, seen)),
        within("an alias followed after wall s", facts.followed_wall_s, high=FOLLOWED),
    ]
    if forced is not None:
        checks += _decided(facts)
    hit = f"{truth.plan.market}, {truth.router}, {len(truth.plan.releases)} releases"
    return Result(
        drill=NAME,
        seed=truth.plan.seed,
        fault=truth.plan.fault.value,
        hit=hit,
        facts=facts,
        checks=tuple(checks),
    )


def _decided(facts: Facts) -> list[Check]:
    """Return whether the forced release did harm, and all was well again afterwards."""
    times = (1 - facts.right_during) / max(1 - facts.right_before, 1e-9)
    return [
        within("forced: wrong decisions, times before", times, low=WORSE),
        within("decisions restored", facts.right_after / facts.right_before, low=RESTORED),
    ]


def stopped_at(told: Told) -> Link | None:
    """Return where a release was stopped; ``None`` where it was not."""
    if told.release is None:
        return Link.GATE
    if told.release.state != "rolled_back":
        return None
    last = next((look for look in reversed(told.release.looks) if look.call == "roll_back"), None)
    return _LINKS.get(last.stage) if last is not None else None


def _of(told: Told, seen: Released) -> list[Check]:
    """Return what must have come of one release."""
    name, wanted = f"version {seen.version} ({seen.nature})", told.coming.stopped_at
    checks = [same(f"{name} stopped at", wanted.value if wanted else "", seen.stopped_at)]
    if told.release is not None:
        ended = "promoted" if wanted is None else "rolled_back"
        checks += [
            same(f"{name} ended", ended, seen.state),
            same(f"{name} ledger chained", True, told.chained),
        ]
    if told.coming.forced:
        checks += [
            same(f"{name} kept by the gate", True, told.gate.closed),
            within(f"{name} put back after s", seen.took_s, high=BACK_WITHIN / SECOND),
        ]
    elif wanted is not None:
        checks.append(within(f"{name} served to at most", seen.share, high=LARGEST))
    return checks


def _released(truth: Truth, told: Told) -> Released:
    release = told.release
    version, end = told.coming.version, truth.played.end
    ended = release.ended_at if release is not None and release.ended_at else told.at
    link = stopped_at(told)
    decided = truth.payers.decided_by(version, told.at, ended if link else end)
    return Released(
        version=version,
        nature=told.coming.nature.value,
        release=release.key if release is not None else "",
        stopped_at=link.value if link else "",
        state=release.state if release is not None else "",
        share=max((share for _, share in release.shares), default=0.0) if release is not None else 0.0,
        served=decided.payments,
        harmed=round(decided.payments * (1 - decided.right)),
        took_s=(ended - told.at) / SECOND,
        reason="; ".join(told.gate.said) if release is None else release.outcome,
    )


def _users(truth: Truth, forced: Told) -> dict[str, float]:
    """Return how payments were decided before, during and after the release that was forced."""
    version, end = forced.coming.version, truth.played.end
    back = forced.release.ended_at if forced.release is not None and forced.release.ended_at else end
    return {
        "right_before": truth.payers.served(forced.at - 4 * MINUTE, forced.at).right,
        "right_during": truth.payers.decided_by(version, forced.at, end).right,
        "right_after": truth.payers.served(back, end).right,
    }

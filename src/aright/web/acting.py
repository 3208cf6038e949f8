"""What can be done about an incident, and what speaks against doing it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aright.core.incident.standing import mended_in
from aright.core.mitigate import Plan, offered, plan
from aright.core.model.evidence import Verdict
from aright.core.model.probability import odds
from aright.web.words import percent

if TYPE_CHECKING:
    from aright.core.model.evidence import Cause
    from aright.core.model.incident import Incident, Mitigation
    from aright.core.model.service import Action, Service

_DONE: Final = frozenset({"sent", "verified", "not_verified"})
_BAD: Final = "✗"
_CITES: Final = re.compile(r"(E\d+) speaks against it: (.*)", re.DOTALL)


@dataclass(frozen=True)
class Doubt:
    """One reason to hold back.

    Attributes:
        text: one sentence.
        evidence: the evidence cited; empty where it is not evidence.
    """

    text: str
    evidence: str = ""


@dataclass(frozen=True)
class Offer:
    """One offered action.

    Attributes:
        action: as the catalog has it.
        where: the host that will be asked.
        fits: the likeliest cause that it treats; ``None`` where there is none.
        rank: the number of that cause on the page; 0 where there is none.
        done: the attempt that did it already and stands; ``None`` where there is none.
        plan: what would be done, with what was checked; says so where it must not be done.
        speaks_for: checks that hold.
        doubts: what speaks against doing it.
    """

    action: Action
    where: str
    fits: Cause | None
    rank: int
    done: Mitigation | None
    plan: Plan
    speaks_for: tuple[str, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True)
class Acting:
    """What can be done.

    Attributes:
        offers: the best fitting first.
        attempts: what was done or tried out, the newest first.
        undoable: ids of attempts that can be taken back.
        service: that is changed; its name is typed to confirm.
    """

    offers: tuple[Offer, ...]
    attempts: tuple[Mitigation, ...]
    undoable: frozenset[str]
    service: str


def acting(incident: Incident, service: Service | None) -> Acting:
    """Return what can be done about the incident, and what speaks against it."""
    actions = offered(service) if service else ()
    offers = [_offer(incident, service, action) for action in actions] if service else []
    offers.sort(key=lambda offer: -offer.fits.probability if offer.fits else 1.0)
    back = {action.id for action in actions if action.undo_url}
    return Acting(
        offers=tuple(offers),
        attempts=tuple(reversed(incident.mitigations)),
        undoable=frozenset(
            each.id
            for each in incident.mitigations
            if not each.dry_run and each.status in _DONE and each.action in back
        ),
        service=mended_in(incident),
    )


def _offer(incident: Incident, service: Service, action: Action) -> Offer:
    causes = incident.diagnosis.causes if incident.diagnosis else ()
    fits = next((cause for cause in causes if cause.remedy == action.remedy), None)
    planned = plan(incident, service, action.id)
    return Offer(
        action=action,
        where=urlsplit(action.url).netloc or _registry(service),
        fits=fits,
        rank=causes.index(fits) + 1 if fits else 0,
        done=_done(incident, action),
        plan=planned,
        speaks_for=tuple(check[1:].strip() for check in planned.checks if not check.startswith(_BAD)),
        doubts=tuple(_doubts(incident, fits, planned)),
    )


def _registry(service: Service) -> str:
    registry = service.rollout.registry if service.rollout is not None else None
    return urlsplit(registry.mlflow).netloc if registry is not None else ""


def _done(incident: Incident, action: Action) -> Mitigation | None:
    """Return the attempt by which the action stands: it was carried out, and nobody took it back."""
    if not incident.mitigated_at:
        return None
    stands = (
        each
        for each in reversed(incident.mitigations)
        if each.action == action.id and not each.dry_run and each.status in {"sent", "verified"}
    )
    return next(stands, None)


def _doubts(incident: Incident, fits: Cause | None, planned: Plan) -> list[Doubt]:
    doubts = [_doubt(check[1:].strip()) for check in planned.checks if check.startswith(_BAD)]
    if incident.diagnosis is None or fits is None:
        return doubts
    if incident.diagnosis.verdict is Verdict.LIKELY:
        doubts.append(Doubt("The diagnosis is likely, not confirmed."))
    others = [cause for cause in incident.diagnosis.causes if cause.id != fits.id]
    doubts += [
        Doubt(f"{odds(other.probability)}: {other.title}") for other in others if other.probability >= 0.02
    ][:3]
    if fits.explained < 0.8:
        left = percent(1 - fits.explained)
        doubts.append(Doubt(f"{left} of the loss would remain: this cause does not explain it."))
    return doubts


def _doubt(check: str) -> Doubt:
    """Return a failed check as a doubt, with the evidence it begins with as a link of its own."""
    found = _CITES.match(check)
    return Doubt(found[2], found[1]) if found else Doubt(check[:1].upper() + check[1:])

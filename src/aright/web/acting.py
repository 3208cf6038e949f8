"""What can be done about an incident, and what speaks against doing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aright.core.model.evidence import Verdict
from aright.web.words import percent

if TYPE_CHECKING:
    from aright.core.model.evidence import Cause, Evidence
    from aright.core.model.incident import Incident, Mitigation
    from aright.core.model.service import Action, Service

_DONE = frozenset({"sent", "verified", "not_verified"})


@dataclass(frozen=True)
class Offer:
    """One offered action.

    Attributes:
        action: as the catalog has it.
        where: the host that will be asked.
        fits: the likeliest cause that it treats; ``None`` where there is none.
    """

    action: Action
    where: str
    fits: Cause | None


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
class Acting:
    """What can be done.

    Attributes:
        offers: the best fitting first.
        doubts: what speaks against acting.
        attempts: what was done or tried out, the newest first.
        undoable: ids of attempts that can be taken back.
    """

    offers: tuple[Offer, ...]
    doubts: tuple[Doubt, ...]
    attempts: tuple[Mitigation, ...]
    undoable: frozenset[str]


def acting(incident: Incident, service: Service | None) -> Acting:
    """Return what can be done about the incident, and what speaks against it."""
    causes = incident.diagnosis.causes if incident.diagnosis else ()
    offers = [
        Offer(
            action=action,
            where=urlsplit(action.url).netloc,
            fits=next((cause for cause in causes if cause.remedy == action.remedy), None),
        )
        for action in (service.actions if service else ())
    ]
    offers.sort(key=lambda offer: -offer.fits.probability if offer.fits else 1.0)
    back = {action.id for action in (service.actions if service else ()) if action.undo_url}
    return Acting(
        offers=tuple(offers),
        doubts=tuple(_doubts(incident, offers[0] if offers else None)),
        attempts=tuple(reversed(incident.mitigations)),
        undoable=frozenset(
            each.id
            for each in incident.mitigations
            if not each.dry_run and each.status in _DONE and each.action in back
        ),
    )


def _doubts(incident: Incident, offer: Offer | None) -> list[Doubt]:
    diagnosis = incident.diagnosis
    if diagnosis is None:
        return [Doubt("There is no diagnosis yet: the cause that this would treat is a guess.")]
    doubts = []
    if diagnosis.verdict is not Verdict.CONFIRMED:
        doubts.append(Doubt(f"The diagnosis is {diagnosis.verdict.value}, not confirmed."))
    if offer is None or offer.fits is None:
        return [*doubts, Doubt("No offered action treats a cause that was found.")]
    known = {each.id: each for each in diagnosis.evidence}
    against: list[Evidence] = [known[each] for each in offer.fits.evidence_against if each in known]
    doubts += [Doubt(each.text, each.id) for each in against]
    others = [cause for cause in diagnosis.causes if cause.id != offer.fits.id and cause.probability >= 0.02]
    doubts += [Doubt(f"{percent(other.probability)}: {other.title}") for other in others[:3]]
    if offer.fits.explained < 0.8:
        left = percent(1 - offer.fits.explained)
        doubts.append(Doubt(f"{left} of the loss would remain: this cause does not explain it."))
    if not offer.action.undo_url:
        doubts.append(Doubt("It cannot be undone from here: the action has no way back."))
    return doubts

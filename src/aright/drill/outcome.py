"""What must come of every drill, whatever broke: one page in time, and the incident carried to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.drill.byhand import OVER
from aright.drill.oncall import Notes, Stage
from aright.drill.result import Check, Facts, same, within
from aright.drill.times import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.drill.pager import Pager
    from aright.drill.scenario import Played
    from aright.drill.views import CauseView, IncidentView

DETECT_SECONDS: Final = 300
LOST: Final = 0.8
RESTORED: Final = 0.95
"""Of what users had before, the share that a fault leaves at most, and that has to be back at least."""


def common_facts(notes: Notes, pager: Pager, played: Played, *, onset: int) -> Facts:
    """Return what is seen in every drill; what users made of it and who was hit is left for each to add.

    Args:
        notes: of the person on call.
        pager: where pages arrived.
        played: what the play knows.
        onset: when the fault began (µs, UTC).

    >>> from aright.drill.pager import Pager
    >>> from aright.drill.scenario import Played
    >>> played = Played(end=9 * SECOND, lost=0, late=2, explained_wall_s=None, wall_s=1.5)
    >>> facts = common_facts(Notes(paged_at=7 * SECOND), Pager("key"), played, onset=4 * SECOND)
    >>> facts.paged_s, facts.explained_s, facts.late
    (3.0, None, 2)
    """
    incident = notes.incident
    found = incident.diagnosis if incident else None
    cause = likeliest(incident)
    guard = notes.guards[0] if notes.guards else None
    whys = notes.post_mortem.whys if notes.post_mortem else ()
    return Facts(
        incidents=notes.incidents,
        detected_s=_after(onset, incident.opened_at if incident else 0),
        paged_s=_after(onset, notes.paged_at),
        explained_s=_after(onset, notes.explained_at),
        mitigated_s=_after(onset, notes.mitigated_at),
        verified_s=_after(onset, notes.verified_at),
        pages=len(pager.dedup_keys),
        reach=found.scope.reach if found else "",
        verdict=found.verdict if found else "",
        cause=cause.kind if cause else "",
        subject=cause.subject if cause else "",
        probability=cause.probability if cause else 0.0,
        mode=cause.mode if cause else "",
        previous=cause.previous if cause else "",
        replayed=found.replayed.verdict if found and found.replayed else "",
        action=notes.action,
        severity=incident.severity.level if incident and incident.severity else 0,
        updates=len(incident.updates) if incident else 0,
        whys=len(whys),
        whys_cited=sum(bool(why.evidence) for why in whys),
        guard=guard.kind if guard else "",
        guard_accepted=bool(guard and guard.replay and guard.replay.accepted),
        state=incident.state if incident else "",
        lost=played.lost,
        late=played.late,
        explained_wall_s=played.explained_wall_s,
        wall_s=played.wall_s,
    )


def likeliest(incident: IncidentView | None) -> CauseView | None:
    """Return the likeliest cause; ``None`` where none is named.

    >>> likeliest(None) is None
    True
    """
    found = incident.diagnosis if incident else None
    return found.causes[0] if found and found.causes else None


def found_in_time(facts: Facts) -> list[Check]:
    """Return whether the fault was found and explained in time, and once.

    >>> facts = Facts(incidents=1, pages=2, detected_s=90.0, explained_s=400.0)
    >>> [check.name for check in found_in_time(facts) if not check.right]
    ['pages', 'explained after s']
    """
    return [
        same("incidents", 1, facts.incidents),
        same("pages", 1, facts.pages),
        within("detected after s", facts.detected_s, high=DETECT_SECONDS),
        within("explained after s", facts.explained_s, high=DETECT_SECONDS + 60),
    ]


def lost_and_restored(what: str, before: float, during: float, after: float) -> list[Check]:
    """Return whether users lost something in the fault, and have it back after the mitigation.

    Args:
        what: they lost, in a word.
        before: how much they had before the fault: more than 0.
        during: the same between fault and mitigation.
        after: the same after the mitigation.

    >>> [(check.name, check.right) for check in lost_and_restored("quality", 0.4, 0.2, 0.3)]
    [('quality lost', True), ('quality restored', False)]
    """
    return [
        within(f"{what} lost", during / before, high=LOST),
        within(f"{what} restored", after / before, low=RESTORED),
    ]


def checks_of(
    facts: Facts,
    notes: Notes,
    pager: Pager,
    *,
    played: Played,
    calm: bool,
    found: Callable[[], list[Check]],
    served: Callable[[], list[Check]],
) -> tuple[Check, ...]:
    """Return all that is checked of a drill.

    Args:
        facts: what was seen.
        notes: of the person on call.
        pager: where pages arrived.
        played: what the play knows.
        calm: whether nothing goes wrong, and nobody is to be bothered.
        found: whether the right thing was found, besides in time; asked where something goes wrong, as is the
            next.
        served: whether users are served as before, by what this drill counts.

    >>> from aright.drill.pager import Pager
    >>> from aright.drill.scenario import Played
    >>> played = Played(end=9 * SECOND, lost=0, late=2, explained_wall_s=None, wall_s=1.5)
    >>> facts, asked = Facts(pages=1, late=2), (Notes(), Pager("key"))
    >>> seen = checks_of(facts, *asked, played=played, calm=True, found=list, served=list)
    >>> [(check.name, check.right) for check in seen]
    [('rows lost', True), ('rows late', False), ('incidents', True), ('pages', False)]
    """
    taken = (same("rows lost", 0, facts.lost), same("rows late", 0, facts.late))
    if calm:
        return *taken, same("incidents", 0, facts.incidents), same("pages", 0, facts.pages)
    through = seen_through(facts, notes, pager, by_hand=played.by_hand, served=served())
    return *taken, *found_in_time(facts), *found(), *through


def seen_through(
    facts: Facts, notes: Notes, pager: Pager, *, by_hand: bool, served: Sequence[Check]
) -> list[Check]:
    """Return whether the incident was carried to its end, and users are served as before.

    Args:
        facts: what was seen.
        notes: of the person on call.
        pager: where pages arrived.
        by_hand: whether a person put things right: such a drill may end where the incident is resolved.
        served: whether users are, by what this drill counts.

    >>> from aright.drill.pager import Pager
    >>> seen = seen_through(Facts(state="resolved"), Notes(), Pager("key"), by_hand=True, served=())
    >>> [check.name for check in seen if check.right]
    ['pages refused', 'state']
    """
    ended = OVER if by_hand else frozenset({"closed"})
    after_mitigation = None if facts.mitigated_s is None else 12 * 60 + facts.mitigated_s
    return [
        same(
            "person on call", Stage.DONE.value, notes.stage.value if not notes.trouble else notes.trouble[0]
        ),
        same("page's link leads to the incident", True, bool(notes.page_link)),
        same("pages refused", [], pager.refused),
        within("severity", float(facts.severity), low=1, high=4),
        within("status updates", float(facts.updates), low=1),
        within("verified after s", facts.verified_s, high=after_mitigation or 0),
        *served,
        same("whys", 5, facts.whys),
        within("whys with evidence", float(facts.whys_cited), low=2),
        same("guard accepted by replay", True, facts.guard_accepted),
        Check(name="state", wanted=" or ".join(sorted(ended)), found=facts.state, right=facts.state in ended),
    ]


def _after(onset: int, at: int) -> float | None:
    return (at - onset) / SECOND if at else None

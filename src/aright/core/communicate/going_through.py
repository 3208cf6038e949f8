"""Going through a runbook: which ones fit, what their guards say, and how far they have come."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from aright.core.communicate.guards import Facts, Judged, judge_guard, read_guard
from aright.core.incident.standing import is_mended, services_of
from aright.core.incident.words import cut
from aright.core.model.command import RunbookRun, StepRun
from aright.core.model.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.incident import Incident
    from aright.core.model.runbook import Runbook, RunbookStep
    from aright.core.model.service import Service
    from aright.core.model.times import Micros

LONGEST_SEEN = 4_000


def fitting(runbooks: Iterable[Runbook], incident: Incident, service: Service | None) -> tuple[Runbook, ...]:
    """Return the runbooks that are for an incident, the most particular first.

    Args:
        runbooks: all there are.
        incident: any.
        service: its service as the catalog has it; ``None`` where it is not in it.
    """
    fit = [book for book in runbooks if _fits(book, incident, service)]
    return tuple(sorted(fit, key=lambda book: (-_particular(book), book.id)))


def facts_of(incident: Incident, service: Service | None, run: RunbookRun | None, now: Micros) -> Facts:
    """Return what guards are judged over.

    >>> from aright.core.model.incident import Incident, State
    >>> made = Incident(key="INC-1", service="s", state=State.TRIAGED, title="", opened_at=0, began_at=0)
    >>> facts = facts_of(made, None, None, 30 * MINUTE)
    >>> facts.values["minutes_open"], facts.values["severity"], facts.values["state"]
    (30.0, None, 'triaged')
    """
    found = incident.diagnosis
    return Facts(
        values={
            "severity": float(incident.severity.level) if incident.severity else None,
            "tier": float(service.tier) if service else None,
            "minutes_open": max(now - incident.opened_at, 0) / MINUTE,
            "state": incident.state.value,
            "verdict": found.verdict.value if found else None,
            "cause": found.causes[0].kind.value if found and found.causes else None,
            "type": service.type if service else None,
            "service": incident.service,
            "acknowledged": bool(incident.acknowledged_by),
            "mitigated": is_mended(incident),
            "restricted": bool(incident.restricted_to),
        },
        held=frozenset(held.role for held in incident.roles),
        steps={step.step: step.status for step in run.steps} if run else {},
    )


def judged(step: RunbookStep, facts: Facts) -> tuple[Judged, ...]:
    """Return what each of a step's guards says."""
    return tuple(judge_guard(read_guard(text), facts) for text in step.guards)


def ticked(run: RunbookRun | None, incident: str, book: Runbook, done: StepRun, now: Micros) -> RunbookRun:
    """Return the run with what became of a step: the last word on each.

    >>> from aright.core.model.runbook import Runbook
    >>> book = Runbook(id="sev1", title="SEV1", digest="d")
    >>> one = ticked(None, "INC-1", book, StepRun(step="look", status="done", by="ann", at=5), 5)
    >>> two = ticked(one, "INC-1", book, StepRun(step="look", status="failed", by="bob", at=6), 6)
    >>> two.key, two.started_at, [(step.status, step.by) for step in two.steps]
    ('INC-1/sev1', 5, [('failed', 'bob')])
    """
    begun = run or RunbookRun(
        key=f"{incident}/{book.id}", incident=incident, runbook=book.id, digest=book.digest, started_at=now
    )
    said = msgspec.structs.replace(done, text=cut(done.text, LONGEST_SEEN))
    kept = tuple(step for step in begun.steps if step.step != done.step)
    return msgspec.structs.replace(begun, steps=(*kept, said), digest=book.digest)


def changed(run: RunbookRun | None, book: Runbook) -> bool:
    """Return whether the file was changed since its last step was ticked."""
    return run is not None and run.digest != book.digest


def _fits(book: Runbook, incident: Incident, service: Service | None) -> bool:
    level = incident.severity.level if incident.severity else 0
    kind = service.type if service else "other"
    return (
        (not book.severities or level in book.severities)
        and (not book.types or kind in book.types)
        and (not book.services or any(name in book.services for name in services_of(incident)))
        and (not book.signals or _any_signal(book, incident))
    )


def _any_signal(book: Runbook, incident: Incident) -> bool:
    return any(fnmatchcase(alert.signal, pattern) for alert in incident.alerts for pattern in book.signals)


def _particular(book: Runbook) -> int:
    return 8 * bool(book.services) + 4 * bool(book.signals) + 2 * bool(book.severities) + bool(book.types)

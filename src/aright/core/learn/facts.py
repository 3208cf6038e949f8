"""Facts: what the post-mortem's parts draw on, gathered once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.evidence import Cause, Diagnosis, Evidence, Step, Verdict
from aright.core.model.probability import NARROW
from aright.core.model.times import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.guard import Guard
    from aright.core.model.incident import Incident, Mitigation, TimelineEvent
    from aright.core.model.service import Service
    from aright.core.model.times import Micros

LONGEST: Final = 80


@dataclass(frozen=True)
class Facts:
    """What is known at the end.

    Attributes:
        incident: the incident.
        diagnosis: the latest; ``None`` without one.
        cause: the likeliest cause, when it is at least likely; ``None`` otherwise.
        service: the service.
        timeline: its history.
        guards: what came of it.
        now: when this is written (µs, UTC).
    """

    incident: Incident
    diagnosis: Diagnosis | None
    cause: Cause | None
    service: Service
    timeline: tuple[TimelineEvent, ...]
    guards: tuple[Guard, ...]
    now: Micros

    def evidence(self, *steps: Step) -> tuple[Evidence, ...]:
        """Return the evidence that these steps found, in order."""
        found = self.diagnosis.evidence if self.diagnosis else ()
        return tuple(each for each in found if each.step in steps)

    def speaking_for(self, cause: Cause, *steps: Step) -> tuple[Evidence, ...]:
        """Return the evidence of these steps that supports a cause."""
        return tuple(each for each in self.evidence(*steps) if cause.id in each.supports)

    @property
    def vitals(self) -> tuple[Evidence, ...]:
        """The findings on errors and latency: those on harm behind the first, which is the loss itself."""
        return self.evidence(Step.HARM)[1:]

    @property
    def owner(self) -> str:
        """Who answers for the service."""
        return self.service.owners[0] if self.service.owners else f"the owners of {self.service.key}"

    @property
    def began(self) -> Micros:
        """When it began (µs, UTC), as the cause has it where there is one."""
        onsets = [self.incident.began_at, self.cause.onset if self.cause else 0]
        return min((each for each in onsets if each > 0), default=self.incident.opened_at)

    @property
    def ended(self) -> Micros:
        """When it was put right, resolved, or this was written (µs, UTC)."""
        return self.incident.mitigated_at or self.incident.resolved_at or self.now

    @property
    def worked(self) -> Mitigation | None:
        """The last mitigation that was verified and stood to the end, or ``None``."""
        if not self.incident.mitigated_at:  # taken back, by undoing it or what was done after it
            return None
        done = [each for each in self.incident.mitigations if each.status == "verified" and not each.dry_run]
        return done[-1] if done else None


def gather(
    incident: Incident,
    timeline: Sequence[TimelineEvent],
    guards: Sequence[Guard],
    service: Service,
    now: Micros,
) -> Facts:
    """Return the facts of an incident."""
    found = incident.diagnosis
    sure = found is not None and found.verdict is not Verdict.INCONCLUSIVE and bool(found.causes)
    cause = found.causes[0] if found is not None and sure else None
    return Facts(incident, found, cause, service, tuple(timeline), tuple(guards), now)


def ids(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """Return the ids of evidence."""
    return tuple(each.id for each in evidence)


def span(micros: Micros) -> str:
    """Return a span for people.

    >>> span(95 * SECOND), span(20 * SECOND), span(7500 * SECOND), span(-5)
    ('1\u202fmin 35\u202fs', '20\u202fs', '2\u202fh 5\u202fmin', '0\u202fs')
    """
    seconds = max(micros, 0) // SECOND
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}{NARROW}h {minutes}{NARROW}min"
    return f"{minutes}{NARROW}min {rest}{NARROW}s" if minutes else f"{rest}{NARROW}s"


def shown(name: str) -> str:
    """Return a foreign name fit for a sentence: printable and not endless.

    >>> shown("basket"), len(shown("x" * 100))
    ('basket', 80)
    """
    plain = "".join(each if each.isprintable() else "?" for each in name[: LONGEST + 1])
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"

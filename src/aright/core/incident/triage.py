"""Finding out: diagnosis, severity, notes, recurrence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.dues import diagnose_key, due, update_key
from aright.core.incident.effects import Effect, Record, SendPage, Step
from aright.core.incident.events import IllegalEventError
from aright.core.incident.ruling import judged_of, with_judged
from aright.core.incident.standing import is_open, name_of
from aright.core.incident.words import LONGEST_TITLE, cut, titled
from aright.core.model.evidence import Verdict
from aright.core.model.incident import Incident, State
from aright.core.model.probability import odds

if TYPE_CHECKING:
    from aright.core.incident.events import Diagnosed, Noted, Recurred, SeverityJudged
    from aright.core.model.evidence import Cause, Diagnosis
    from aright.core.model.times import Micros

LONGEST_NOTE: Final = 4_000


def diagnosed(incident: Incident, event: Diagnosed) -> Step:
    """Take a diagnosis on; the timeline is told only what changed. Too late, it changes nothing."""
    if not is_open(incident):
        return Step(incident)
    effects: list[Effect] = []
    if _gist(event.diagnosis) != _gist(incident.diagnosis):
        effects.append(_found(event.at, event.diagnosis))
    if event.again_at:
        effects.append(due("diagnose", diagnose_key(incident.key), incident.key, event.again_at))
    found = msgspec.structs.replace(
        incident,
        diagnosis=event.diagnosis,
        began_at=_onset(incident, event.diagnosis),
        title=_title(incident, event.diagnosis),
    )
    return Step(found, tuple(effects))


def judged(incident: Incident, event: SeverityJudged) -> Step:
    """Take the severity on; a worse one is told at once."""
    if not is_open(incident):
        return Step(incident)
    before, now = judged_of(incident), event.severity
    first = incident.state is State.DECLARED
    state = State.TRIAGED if first else incident.state
    effects: list[Effect] = []
    if first or before is None or before.level != now.level:
        was = f" (was SEV{before.level})" if before and before.level != now.level else ""
        text = f"SEV{now.level}{was}: {now.arithmetic}"
        if incident.overruled is not None:
            text = (
                f"the arithmetic says {text}; {incident.overruled.by}'s SEV{incident.overruled.level} stands"
            )
        effects.append(Record(at=event.at, kind="severity", text=text, key=incident.overruled is None))
    if first or before is None or now.level < before.level:
        effects.append(due("update", update_key(incident.key), incident.key, event.at))
    after = msgspec.structs.replace(with_judged(incident, now), state=state)
    if _now_worst(incident, after):
        effects.append(SendPage(at=event.at, action="trigger", again="sev1"))
    return Step(after, tuple(effects))


def noted(incident: Incident, event: Noted) -> Step:
    """Write a line into the timeline of an incident that is not closed."""
    if incident.state is State.CLOSED:
        raise IllegalEventError(f"{incident.key} is closed: its timeline takes no more notes")
    text = event.text.strip()
    if not text:
        raise IllegalEventError("the note is empty: write what you saw or did")
    if len(text) > LONGEST_NOTE:
        raise IllegalEventError(f"the note has {len(text):,} characters: keep it to {LONGEST_NOTE:,}")
    by = name_of(event.by)
    line = Record(at=event.at, kind="note", text=text, by=by, key=True, origin=event.origin)
    return Step(incident, (line,))


def recurred(incident: Incident, event: Recurred) -> Step:
    """Note that a guard of an earlier incident fired for this one; the first to say so is kept."""
    if incident.recurrence_of or event.earlier == incident.key or not is_open(incident):
        return Step(incident)
    text = f"{event.guard} fired, the guard of {event.earlier}: {event.text}"
    line = Record(at=event.at, kind="recurrence", text=cut(text, 500), key=True, refs=(event.guard,))
    title = cut(f"{incident.title} – as in {event.earlier}", LONGEST_TITLE)
    return Step(msgspec.structs.replace(incident, recurrence_of=event.earlier, title=title), (line,))


def _now_worst(before: Incident, after: Incident) -> bool:
    """Return whether it became SEV1 while nobody is on it: that is worth waking somebody for once more."""
    if before.severity is None or after.severity is None or before.acknowledged_by:
        return False
    return after.severity.level == 1 < before.severity.level


def _found(at: Micros, diagnosis: Diagnosis) -> Record:
    cause = _likeliest(diagnosis)
    text = diagnosis.scope.sentence
    refs: tuple[str, ...] = ()
    if cause is not None and diagnosis.verdict is not Verdict.INCONCLUSIVE:
        text = f"{diagnosis.verdict.value} ({odds(cause.probability)}): {cause.title}. {text}"
        refs = cause.evidence_for
    else:
        text = f"{diagnosis.verdict.value}: no cause stands out yet. {text}"
    return Record(at=at, kind="diagnosed", text=cut(text, 1_000), key=True, refs=refs)


def _gist(diagnosis: Diagnosis | None) -> tuple[object, ...] | None:
    if diagnosis is None:
        return None
    cause = _likeliest(diagnosis)
    subject = None if cause is None else (cause.kind, cause.subject, cause.mode)
    if diagnosis.verdict is Verdict.INCONCLUSIVE:
        subject = None
    return (diagnosis.verdict, subject, diagnosis.scope.reach, diagnosis.scope.segment)


def _likeliest(diagnosis: Diagnosis) -> Cause | None:
    return diagnosis.causes[0] if diagnosis.causes else None


def _onset(incident: Incident, diagnosis: Diagnosis) -> Micros:
    cause = _likeliest(diagnosis)
    if cause is None or not cause.onset or diagnosis.verdict is Verdict.INCONCLUSIVE:
        return incident.began_at
    return cause.onset


def _title(incident: Incident, diagnosis: Diagnosis) -> str:
    cause = _likeliest(diagnosis)
    if cause is None or diagnosis.verdict is Verdict.INCONCLUSIVE:
        return incident.title
    again = f" – as in {incident.recurrence_of}" if incident.recurrence_of else ""
    return titled(incident.service, f"{cause.title}{again}", incident.services)

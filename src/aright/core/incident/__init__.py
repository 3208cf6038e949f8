"""The incident's state machine: (state, event) to (state, effects).

``declared → triaged → mitigating → monitoring → resolved → reviewed → closed``; a mitigation that failed, was
taken back or did not help leads back to where people are at work. Harm that comes back soon leads from
``resolved`` or ``reviewed`` to ``reopened``; what turns out to be a part of an older incident is ``merged``.
``apply`` knows no clock, no database and no channel: what must happen is returned as effects, which
``engine/commit.py`` carries out in one transaction.
"""

from aright.core.incident.effects import Cancel, Effect, Record, Schedule, SendPage, Step
from aright.core.incident.events import (
    Acknowledged,
    AlertsSilenced,
    Closed,
    Diagnosed,
    Event,
    GuardAccepted,
    HarmAlerted,
    IllegalEventError,
    Join,
    Merged,
    MitigationRecorded,
    Noted,
    NoticeJoined,
    NotVerified,
    PageFailed,
    PageSent,
    Recurred,
    Reopened,
    Resolved,
    Reviewed,
    ServicesJoined,
    SeverityJudged,
    TookIn,
    UpdateDrafted,
    VerificationWaits,
    Verified,
)
from aright.core.incident.machine import apply
from aright.core.incident.standing import is_mended, is_open

__all__ = [
    "Acknowledged",
    "AlertsSilenced",
    "Cancel",
    "Closed",
    "Diagnosed",
    "Effect",
    "Event",
    "GuardAccepted",
    "HarmAlerted",
    "IllegalEventError",
    "Join",
    "Merged",
    "MitigationRecorded",
    "NotVerified",
    "Noted",
    "NoticeJoined",
    "PageFailed",
    "PageSent",
    "Record",
    "Recurred",
    "Reopened",
    "Resolved",
    "Reviewed",
    "Schedule",
    "SendPage",
    "ServicesJoined",
    "SeverityJudged",
    "Step",
    "TookIn",
    "UpdateDrafted",
    "VerificationWaits",
    "Verified",
    "apply",
    "is_mended",
    "is_open",
]

"""Tracks that a diagnosis suggests: offered to whoever leads, never opened by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.words import cut
from aright.core.model.evidence import CauseKind, Verdict
from aright.core.model.probability import odds

if TYPE_CHECKING:
    from aright.core.model.evidence import Cause
    from aright.core.model.incident import Incident

LEAST: Final = 0.02
MOST: Final = 5

_CHECKS: Final = {
    CauseKind.FEATURE_SOURCE: "look at the job and the store that fill {subject}, from the onset on",
    CauseKind.INPUTS: "ask who makes these inputs what was changed: firmware, an app, a format",
    CauseKind.PIPELINE: "read the last runs of {subject}: rows, failures, how late",
    CauseKind.MODEL_VERSION: "replay stored inputs on the version before {subject}",
    CauseKind.TRAFFIC_MIX: "hold who came before against who comes now",
    CauseKind.CONTRACT: "hold documents of {subject} from before and now against each other",
    CauseKind.DEPENDENCY: "ask the people of {subject}, and look at its own errors and machines",
    CauseKind.OTHER_CHANGE: "ask whoever made the change {subject} to take it back for a part of the traffic",
    CauseKind.OUTSIDE: "look at what others report, and at what is not ours",
}


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A track that may be worth opening.

    Attributes:
        hypothesis: a cause of the diagnosis, in its words.
        next_check: what to look at first.
        cause: the cause's id.
        because: how likely the diagnosis holds it to be.
    """

    hypothesis: str
    next_check: str
    cause: str
    because: str


def suggest(incident: Incident) -> tuple[Suggestion, ...]:
    """Return tracks for the likeliest causes that no track follows yet; none once one is confirmed.

    >>> from aright.core.model.incident import Incident, State
    >>> suggest(Incident(key="INC-1", service="s", state=State.TRIAGED, title="", opened_at=0, began_at=0))
    ()
    """
    found = incident.diagnosis
    if found is None or found.verdict is Verdict.CONFIRMED:
        return ()
    followed = {track.hypothesis for track in incident.tracks}
    made = [_suggestion(cause) for cause in found.causes if cause.probability >= LEAST]
    return tuple(suggestion for suggestion in made if suggestion.hypothesis not in followed)[:MOST]


def _suggestion(cause: Cause) -> Suggestion:
    return Suggestion(
        hypothesis=cut(cause.title, 500),
        next_check=cut(_CHECKS[cause.kind].format(subject=cause.subject), 500),
        cause=cause.id,
        because=f"the diagnosis holds it to be {odds(cause.probability)} likely",
    )

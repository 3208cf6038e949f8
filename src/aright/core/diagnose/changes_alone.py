"""Changes where no loss of answers is known: weighed by what the services were seen to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.diagnose.changes import draft_of, known_changes
from aright.core.diagnose.mechanism.hypotheses import hypothesis_of, is_suspect, shared
from aright.core.diagnose.ranking import CLEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.case import Case
    from aright.core.diagnose.hypothesis import Draft, Hypothesis
    from aright.core.diagnose.mechanism.verdicts import WeighedChange


def changes_alone(
    case: Case, known: Sequence[Hypothesis], weighed: Sequence[WeighedChange]
) -> tuple[list[Hypothesis], list[Draft]]:
    """Return all hypotheses (``known``, and changes that telemetry speaks for) and a finding per change."""
    said = {each.key: each for each in weighed}
    suspects = {}
    hypotheses = list(known)
    drafts = []
    for change in known_changes(case, said, around=case.current_span[0]):
        what = said.get(change.key)
        if what is None:
            continue
        tokens: tuple[str, ...] = ()
        if is_suspect(what):
            found = hypothesis_of(change, what, gain=CLEAR, own=case.service.key)
            hypotheses.append(found)
            suspects[found.token] = change
            tokens = (found.token,)
        drafts.append(draft_of(change, tokens, what))
    return shared(hypotheses, suspects), drafts

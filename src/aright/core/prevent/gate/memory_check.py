"""The memory canary as a check of the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.prevent.gate.report import Check, State, plain
from aright.core.prevent.memory import Call

if TYPE_CHECKING:
    from aright.core.prevent.memory import Verdict


def memory_check(verdict: Verdict, text: str) -> Check:
    """Return a verdict as a check: what could not be decided has not passed.

    >>> from aright.core.prevent.memory import Call, Verdict
    >>> memory_check(Verdict(call=Call.UNSURE), "too few calls").line
    '✗ memory: too few calls'
    """
    passed = verdict.call in {Call.STEADY, Call.SETTLING}
    leaking = verdict.call is Call.LEAK
    ask = (
        ""
        if passed
        else "go back to the baseline's libraries, or mend them"
        if leaking
        else "give more seconds"
    )
    state = State.PASSED if passed else State.FAILED
    return Check(name="memory", state=state, text=plain(text, 1_000), next=ask)

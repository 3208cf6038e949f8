"""From what is known to what is done: a pure function of one look."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from aright.core.mitigate.canary.saying import (
    no_data,
    ruled_out,
    shifted,
    still_open,
    strange,
    worse,
)
from aright.core.model.release import Call, Look

if TYPE_CHECKING:
    from aright.core.mitigate.canary.standing import Standing

STRANGE_SHARE: Final = 0.01
"""Of the answers: so many of a wrong version are a stray request, more are a wrong target."""


def decide(known: Standing) -> Look:
    """Return the look: harm first, then what forbids a judgement, then what is still open, and else on."""
    call, hold, reason = _call(known)
    return Look(
        at=known.at,
        stage="canary",
        share=known.share,
        call=call,
        reason=reason,
        hold=hold,
        judged=known.judged,
    )


def _call(known: Standing) -> tuple[Call, str, str]:
    if known.harm >= -log(known.policy.alpha):
        return Call.ROLL_BACK, "", worse(known)
    hold, reason = _held(known)
    return (Call.HOLD, hold, reason) if hold else (Call.GO, "", ruled_out(known))


def _held(known: Standing) -> tuple[str, str]:
    """Return the first kind of hold that there is, with its sentence."""
    limit = 0.0 if known.share <= 0 else STRANGE_SHARE * known.answers
    if known.strange > limit:
        return "wrong_version", strange(known)
    if known.mismatch:
        return "sample_ratio", known.mismatch
    if known.share <= 0 or not all(known.rows) or known.at <= known.since:
        return "no_data", no_data(known)
    if known.shifted >= -log(known.policy.alpha):
        return "shifted", shifted(known)
    blind = next((one for one in known.needed if one.judged.units[1] <= 0 or one.judged.units[0] <= 0), None)
    if blind is not None:
        return "no_data", no_data(known, blind)
    open_still = next((one for one in known.needed if one.log_e < -log(known.policy.beta)), None)
    return ("inconclusive", still_open(known, open_still)) if open_still is not None else ("", "")

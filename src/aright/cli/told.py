"""Who was told of an incident, in lines for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.on_call import ARIGHT
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from aright.core.model.paging import Paging, Told

LATEST: Final = 20
"""Messages that are shown."""

_MARKS: Final = {"accepted": "✓", "waiting": "…", "failed": "✗"}


def told_lines(paging: Paging) -> list[str]:
    """Return who escalates and how far it is, then who was told: ✓ accepted, … waits, ✗ failed for good.

    >>> from aright.core.model.on_call import Policy
    >>> from aright.core.model.paging import Paging, Told
    >>> told = Told(message="m", round=1, step=1, channel="mail", at=0, person="ann", status="accepted",
    ...     because="you have the shift of primary")
    >>> for line in told_lines(Paging(key="INC-1", service="shop", policy=Policy(key="night", steps=()),
    ...     owner="aright", started_at=0, status="accepted", told=(told,))):
    ...     print(line)
    paged by night: accepted, aright escalates
      00:00:00  ✓ ann by mail: step 1, you have the shift of primary
    """
    whose = "aright escalates" if paging.owner == ARIGHT else f"{paging.owner} escalates by itself"
    over = paging.status in {"acknowledged", "over"}
    head = f"paged by {paging.policy.key}: {paging.status}" + ("" if over else f", {whose}")
    if paging.acknowledged:
        head += f" (acknowledged by {', '.join(paging.acknowledged)})"
    if paging.next_at:
        head += f", next step {clock_text(paging.next_at)}"
    lines = [head, *(f"  {_line(each)}" for each in paging.told[-LATEST:])]
    before = len(paging.told) - LATEST
    if before > 0:
        lines.insert(1, f"  {before} earlier ones: /v1/incidents/{paging.key}/paging has them")
    return lines + [f"  not reached: {hole}" for hole in paging.holes]


def _line(told: Told) -> str:
    whom = f"{told.person} by {told.channel}" if told.person else told.channel
    times = f", round {told.round}" if told.round > 1 and told.step else ""
    step = f"step {told.step}{times}, " if told.step else ""
    return f"{clock_text(told.at)}  {_MARKS[told.status]} {whom}: {step}{told.because}"

"""Size: bytes of an artifact, by a limit and beside the champion's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.prevent.gate.report import Check, State

if TYPE_CHECKING:
    from aright.core.prevent.gate.plan import SizePlan

_MIB: Final = 1024.0**2


def size(candidate: int, champion: int | None, plan: SizePlan) -> Check:
    """Return whether an artifact is small enough.

    Args:
        candidate: bytes.
        champion: bytes of the champion's; ``None`` without one.
        plan: with the limits.

    >>> from aright.core.prevent.gate.plan import SizePlan
    >>> size(4 << 20, 1 << 20, SizePlan(artifact="a", champion="b")).line
    '✗ size: 4.0 MiB, ×4.00 of 1.0 MiB before; ×1.5 is allowed'
    """
    text, too_large = _mib(candidate), candidate == 0
    if not candidate:
        text = "there is nothing in it"
    if champion:
        text += f", ×{candidate / champion:.2f} of {_mib(champion)} before; ×{plan.ratio:g} is allowed"
        too_large = too_large or candidate > plan.ratio * champion
    if plan.most:
        text += f"; {_mib(plan.most)} is allowed"
        too_large = too_large or candidate > plan.most
    if not champion and not plan.most:
        text += "; nothing to hold it against"
        return Check(name="size", state=State.FAILED, text=text, next="name champion or most")
    state = State.FAILED if too_large else State.PASSED
    return Check(
        name="size", state=state, text=text, next="make it smaller, or allow more" if too_large else ""
    )


def _mib(size: int) -> str:
    return f"{size / _MIB:,.1f} MiB" if size >= _MIB / 10 else f"{size:,} B"

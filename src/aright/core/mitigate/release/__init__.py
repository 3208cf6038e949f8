"""A release's way: what it should be serving, what a look moves it to, what a person may order."""

from aright.core.mitigate.release.deciding import decide, settled
from aright.core.mitigate.release.moving import Line, Moved
from aright.core.mitigate.release.ordering import IllegalOrderError, carry_out
from aright.core.mitigate.release.target import Target, target

__all__ = ["IllegalOrderError", "Line", "Moved", "Target", "carry_out", "decide", "settled", "target"]

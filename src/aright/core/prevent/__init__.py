"""Guards compiled from a proven cause, and the replay that admits them."""

from aright.core.prevent.compiling import compile_guard
from aright.core.prevent.judging import Breach, judge, value_told
from aright.core.prevent.replaying import replay

__all__ = ["Breach", "compile_guard", "judge", "replay", "value_told"]

"""Guards compiled from a proven cause, and the replay that admits them."""

from aright.core.prevent.compiling import compile_guard
from aright.core.prevent.judging import Breach, judge, value_told
from aright.core.prevent.payloads import KIND as ON_PAYLOADS
from aright.core.prevent.payloads import payload_guard
from aright.core.prevent.replaying import replay

__all__ = ["ON_PAYLOADS", "Breach", "compile_guard", "judge", "payload_guard", "replay", "value_told"]

"""A world of which only the state, the channels and the clock matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_segments import MemorySegments
from aright.engine.happenings import Happenings
from aright.engine.rows import Rows
from aright.engine.settings import Settings
from aright.engine.world import World
from tests.unit.engine.failing_shop import Hands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.ports.channel import Channel
    from aright.ports.clock import Clock
    from aright.ports.state import State


def small_world(state: State, channels: Mapping[str, Channel], clock: Clock | None = None) -> World:
    """Return a world around a state and channels; its clock is driven unless another is given."""
    return World(
        state=state,
        rows=Rows(MemorySegments()),
        clock=clock or DrivenClock(),
        actuator=Hands(),
        channels=channels,
        happenings=Happenings(),
        settings=Settings(),
        public_url="https://aright.example/",
    )

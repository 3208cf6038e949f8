"""What every stage of the engine is handed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aright.engine.awake import Awake
from aright.engine.bell import Bell
from aright.engine.estimating import Estimating
from aright.engine.outlets import outlets_of
from aright.engine.release_judges import judge_of
from aright.engine.role import Role
from aright.engine.suites import SuiteWatch
from aright.engine.trials import Trials
from aright.ports.tickets import Tickets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.runbook import Runbook
    from aright.engine.happenings import Happenings
    from aright.engine.outlets import Outlets
    from aright.engine.release_settling import Aliases
    from aright.engine.rows import Rows
    from aright.engine.settings import Settings
    from aright.ports.actuator import Actuator
    from aright.ports.channel import Channel
    from aright.ports.clock import Clock
    from aright.ports.registry import Registry
    from aright.ports.replayer import Replayer
    from aright.ports.state import State
    from aright.ports.traffic import Traffic
    from aright.ports.trainings import Trainings


@dataclass(frozen=True, kw_only=True)
class World:
    """The ports and what is built on them.

    Attributes:
        state: documents, timelines, outbox, due rows, series.
        rows: observed rows.
        clock: what time it is.
        actuator: carries out mitigations.
        channels: ways out, by name; without the pager nobody is paged, and each incident says so.
        happenings: tells open pages.
        settings: how to watch.
        public_url: how people reach the pages.
        suites: the services' own, run as monitors.
        estimating: tells how good answers are before their labels come.
        replayers: run versions on stored inputs, by way (``core.model.replay.WAYS``).
        trainings: reads from registries how versions were made; ``None`` where nothing does.
        traffic: splits traffic, by way (``core.model.rollout.TRAFFIC_WAYS``).
        registry: reads and moves aliases; ``None`` where nothing does.
        aliases: the only writer of aliases; ``None`` where there is no registry.
        runbooks: those that ship, and the team's own.
        trials: what has been counted of releases that are under way.
        bell: rung when something was committed that another thread should look at.
        role: what this replica does.
        awake: when aright itself was awake, for heartbeats.
    """

    state: State
    rows: Rows
    clock: Clock
    actuator: Actuator
    channels: Mapping[str, Channel]
    happenings: Happenings
    settings: Settings
    public_url: str
    suites: SuiteWatch = field(default_factory=SuiteWatch)
    estimating: Estimating = field(default_factory=Estimating)
    replayers: Mapping[str, Replayer] = field(default_factory=dict)
    trainings: Trainings | None = None
    traffic: Mapping[str, Traffic] = field(default_factory=dict)
    registry: Registry | None = None
    aliases: Aliases | None = None
    runbooks: tuple[Runbook, ...] = ()
    trials: Trials = field(default_factory=lambda: Trials(judge_of))
    bell: Bell = field(default_factory=Bell)
    role: Role = field(default_factory=Role)
    awake: Awake = field(default_factory=Awake)

    @property
    def outlets(self) -> Outlets:
        """What committing knows of the channels."""
        return outlets_of(
            self.channels,
            ticket_level=self.settings.ticket_level,
            remind_every=self.settings.remind_every,
        )

    @property
    def tickets(self) -> Mapping[str, Tickets]:
        """What reads the tickets of channels that keep them, by channel."""
        return {name: each for name, each in self.channels.items() if isinstance(each, Tickets)}

"""What people and programs may ask of a running aright: the one face that server and pages see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from aright.core.model.times import Micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.bookkeeping import Quarantined
    from aright.core.model.calls import CallEdge
    from aright.core.model.change import Change
    from aright.core.model.guard import Guard
    from aright.core.model.incident import Incident, Mitigation, TimelineEvent
    from aright.core.model.message import Message
    from aright.core.model.notice import Notice
    from aright.core.model.postmortem import PostMortem
    from aright.core.model.run import Run
    from aright.core.model.samples import Samples
    from aright.core.model.service import Service
    from aright.core.model.signal import Segment, SignalPoint
    from aright.engine.alert_operations import AlertOperations
    from aright.engine.command_operations import CommandOperations
    from aright.engine.contract_operations import ContractOperations
    from aright.engine.evidence_operations import EvidenceOperations
    from aright.engine.heartbeat_operations import HeartbeatOperations
    from aright.engine.hook_operations import HookOperations
    from aright.engine.judge_operations import JudgeOperations
    from aright.engine.on_call_operations import OnCallOperations
    from aright.engine.profiles import ProfileView, Wanted
    from aright.engine.release_operations import ReleaseOperations
    from aright.engine.slo_operations import SloOperations


class UnknownError(LookupError):
    """There is no such thing.

    Args:
        problem: names what was asked for.
        fix: how to list what there is.
    """

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(problem)
        self.fix = fix


class RefusedError(ValueError):
    """It may not be done now.

    Args:
        problem: says why.
        fix: what to do next, where the problem does not say it.
    """

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(problem)
        self.fix = fix


class ProcessPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One process metric in one window.

    Attributes:
        name: such as ``cpu_percent``, ``rss_bytes``, ``latency_ms_p99``.
        start: the window's start (µs, UTC).
        mean: mean over samples and hosts.
        top: the largest sample.
    """

    name: str
    start: Micros
    mean: float
    top: float


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What the memory of one service takes.

    Attributes:
        service: whose.
        bytes: taken, about.
        limit: what it may take (the setting ``state_bytes``).
        left_out: what was left out since the start to keep within bounds, by what it is: attributes, values,
            segments, units, kinds, features, predictions, outcomes, process, streams.
    """

    service: str
    bytes: int
    limit: int
    left_out: dict[str, int] = {}


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How aright itself is doing.

    Attributes:
        version: aright's own.
        clock: ``wall`` or ``driven``.
        now: its time (µs, UTC).
        accepted: rows taken since the start.
        quarantined: rows set aside since the start.
        late: rows that came after their window was closed.
        behind: acknowledged bytes that the engine has not looked at yet.
        services: services that have sent rows.
        open_incidents: not yet resolved.
        windows_behind: windows that could be closed and are not yet.
        memory: what each service's memory takes.
        role: ``watches`` | ``responds``: what this replica does.
        name: of this replica; empty where there is only one.
        watcher: name of the replica that watches, or last did; empty where there is only one.
    """

    version: str
    clock: str
    now: Micros
    accepted: int
    quarantined: int
    late: int
    behind: int
    services: tuple[str, ...]
    open_incidents: int
    windows_behind: int = 0
    memory: tuple[Memory, ...] = ()
    role: str = "watches"
    name: str = ""
    watcher: str = ""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a page may want to draw again.

    Attributes:
        kind: ``incident`` | ``window`` | ``notice`` | ``release``.
        key: the id of the incident or release, or the service's name.
    """

    kind: str
    key: str


class Subscription(Protocol):
    """A bounded stream of happenings; the oldest is dropped for a reader that does not keep up."""

    def get(self, seconds: float) -> Happening | None:
        """Return the next one, or ``None`` after so many seconds."""
        ...

    def close(self) -> None:
        """Stop listening."""
        ...


class Operations(Protocol):
    """Everything here may be called from any thread and blocks until it is committed."""

    @property
    def alerts(self) -> AlertOperations:
        """What may be asked about other programs' alerts and silences."""
        ...

    @property
    def slos(self) -> SloOperations:
        """What may be asked about SLOs."""
        ...

    @property
    def contracts(self) -> ContractOperations:
        """What may be asked about contracts of payloads."""
        ...

    @property
    def releases(self) -> ReleaseOperations:
        """What may be asked about releases."""
        ...

    @property
    def judges(self) -> JudgeOperations:
        """What others that carry out releases may ask."""
        ...

    @property
    def heartbeats(self) -> HeartbeatOperations:
        """What may be asked about heartbeats."""
        ...

    @property
    def hooks(self) -> HookOperations:
        """What other systems tell by themselves."""
        ...

    @property
    def on_call(self) -> OnCallOperations:
        """What may be asked about who is told and when."""
        ...

    @property
    def command(self) -> CommandOperations:
        """What may be asked of leading an incident."""
        ...

    @property
    def evidence(self) -> EvidenceOperations:
        """What may be asked of diagnoses and of the rows behind them."""
        ...

    def status(self) -> Status:
        """Return how aright itself is doing."""
        ...

    def services(self) -> Sequence[Service]:
        """Return the catalog, by name; services that only sent rows are in it with defaults."""
        ...

    def register(self, service: Service) -> None:
        """Put a service into the catalog, or replace it."""
        ...

    def incidents(self, *, limit: int = 100) -> Sequence[Incident]:
        """Return incidents, the newest first."""
        ...

    def incident(self, key: str) -> Incident:
        """Return an incident; raises ``UnknownError``."""
        ...

    def timeline(self, key: str) -> Sequence[TimelineEvent]:
        """Return an incident's timeline, oldest first; raises ``UnknownError``."""
        ...

    def samples(self, key: str) -> Samples | None:
        """Return samples of an incident's inputs, ``None`` where there are none; raises ``UnknownError``."""
        ...

    def messages(self, key: str) -> Sequence[Message]:
        """Return an incident's outbox messages, oldest first."""
        ...

    def post_mortem(self, key: str) -> PostMortem | None:
        """Return the draft, or ``None`` while there is none; raises ``UnknownError``."""
        ...

    def guards(self, *, service: str | None = None) -> Sequence[Guard]:
        """Return guards, the newest first."""
        ...

    def notices(self, *, service: str | None = None, limit: int = 200) -> Sequence[Notice]:
        """Return notices, the newest first."""
        ...

    def changes(self, *, service: str | None = None, limit: int = 200) -> Sequence[Change]:
        """Return changes, the newest first."""
        ...

    def graph(self) -> Sequence[CallEdge]:
        """Return who calls whom, by caller and callee, as traces and the catalog have it."""
        ...

    def runs(self, *, service: str | None = None, limit: int = 200) -> Sequence[Run]:
        """Return runs of data pipelines, the last told first; ``""`` is for those of no service."""
        ...

    def quarantined(self, *, limit: int = 50) -> Sequence[Quarantined]:
        """Return bodies with bad rows, the newest first."""
        ...

    def points(
        self,
        service: str,
        *,
        start: Micros,
        end: Micros,
        names: Sequence[str] | None = None,
        segment: Segment | None = None,
    ) -> Sequence[SignalPoint]:
        """Return signal points of closed windows."""
        ...

    def profiles(self, wanted: Wanted) -> Sequence[ProfileView]:
        """Return profiles of columns over a span of closed windows, merged from the kept ones, by name."""
        ...

    def process(self, service: str, *, start: Micros, end: Micros) -> Sequence[ProcessPoint]:
        """Return process metrics per window, ordered by name and start."""
        ...

    def acknowledge(self, key: str, *, by: str) -> Incident:
        """Take an incident on; raises ``UnknownError``."""
        ...

    def note(self, key: str, *, by: str, text: str) -> Incident:
        """Write a line into the timeline; raises ``UnknownError``."""
        ...

    def mitigate(self, key: str, *, by: str, action: str, dry_run: bool, confirm: str) -> Mitigation:
        """Carry out an offered action; ``action`` may be empty for the one that fits the likeliest cause.

        Unless ``dry_run``, ``confirm`` must be the service's name, letter by letter. Raises ``UnknownError``,
        and ``RefusedError`` where a check forbids it.
        """
        ...

    def undo(self, key: str, *, by: str, mitigation: str, confirm: str) -> Mitigation:
        """Take a mitigation back; raises ``UnknownError`` and ``RefusedError``."""
        ...

    def resolve(self, key: str, *, by: str, text: str = "", confirm: str = "") -> Incident:
        """Say that it is over; writes the post-mortem and compiles the guard. Raises as above.

        While no mitigation is verified, ``confirm`` must be the service's name: resolving ends the page, and
        users may still be hurt.
        """
        ...

    def review(self, key: str, *, by: str) -> Incident:
        """Say that the post-mortem has been read and agreed; raises as above."""
        ...

    def close_incident(self, key: str, *, by: str) -> Incident:
        """File it away; raises as above."""
        ...

    def advance(self, to: Micros) -> Status:
        """Drive the clock to ``to`` and do all that falls due; raises ``RefusedError`` on the wall clock."""
        ...

    def subscribe(self) -> Subscription:
        """Listen to what happens from now on."""
        ...

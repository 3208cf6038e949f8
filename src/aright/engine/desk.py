"""The desk: ``Operations`` over a running engine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from aright import __version__
from aright.core.incident import (
    Acknowledged,
    Closed,
    IllegalEventError,
    Noted,
    Resolved,
    Reviewed,
    is_mended,
    is_open,
)
from aright.core.model.bookkeeping import Quarantined
from aright.core.model.change import Change
from aright.core.model.guard import Guard
from aright.core.model.incident import Incident
from aright.core.model.inquiry import Inquiry
from aright.core.model.message import Due
from aright.core.model.notice import Notice
from aright.core.model.postmortem import PostMortem
from aright.core.model.replica import WATCHER, Watcher
from aright.core.model.run import Run
from aright.core.model.samples import Samples
from aright.core.model.service import Service
from aright.engine import learning, mitigating, recovery
from aright.engine.alert_desk import AlertDesk
from aright.engine.calls import edges
from aright.engine.command_desk import CommandDesk
from aright.engine.contract_desk import ContractDesk
from aright.engine.evidence_desk import EvidenceDesk
from aright.engine.gathering import open_incidents
from aright.engine.happening import happen
from aright.engine.hearing import LEARN
from aright.engine.heartbeat_desk import HeartbeatDesk
from aright.engine.hook_desk import HookDesk
from aright.engine.judge_desk import JudgeDesk
from aright.engine.on_call_desk import OnCallDesk
from aright.engine.operations import Happening, RefusedError, Status, UnknownError
from aright.engine.process import is_process, to_process
from aright.engine.profiles import read_profiles
from aright.engine.release_desk import ReleaseDesk
from aright.engine.slo_desk import SloDesk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.incident import Event
    from aright.core.model.calls import CallEdge
    from aright.core.model.incident import Mitigation, TimelineEvent
    from aright.core.model.message import Message
    from aright.core.model.signal import Segment, SignalPoint
    from aright.core.model.times import Micros
    from aright.engine.intake import Intake
    from aright.engine.operations import ProcessPoint, Subscription
    from aright.engine.profiles import ProfileView, Wanted
    from aright.engine.runtime import Runtime
    from aright.ports.query import Query


class Desk:
    """What people and programs ask of a running aright; see ``Operations`` for what each method promises."""

    def __init__(self, runtime: Runtime, intake: Intake, query: Query) -> None:
        self._runtime = runtime
        self._intake = intake
        self._world = runtime.world
        self.alerts = AlertDesk(runtime)
        self.slos = SloDesk(runtime)
        self.releases = ReleaseDesk(runtime)
        self.judges = JudgeDesk(runtime)
        self.contracts = ContractDesk(runtime)
        self.heartbeats = HeartbeatDesk(runtime.world)
        self.hooks = HookDesk(runtime)
        self.on_call = OnCallDesk(runtime.world)
        self.command = CommandDesk(runtime, self.incident)
        self.evidence = EvidenceDesk(runtime, query, self.incident)

    def status(self) -> Status:
        """Return how aright itself is doing."""
        clock = self._world.clock
        with self._world.state.transaction() as tx:
            open_now = len(open_incidents(tx))
            watcher = tx.get(Watcher, WATCHER)
        return Status(
            version=__version__,
            clock="driven" if clock.driven else "wall",
            now=clock.now(),
            accepted=self._intake.accepted,
            quarantined=self._intake.quarantined,
            late=self._runtime.late,
            behind=self._intake.behind(),
            services=tuple(sorted(self._runtime.watches)),
            open_incidents=open_now,
            windows_behind=self._runtime.windows_behind,
            memory=tuple(watch.memory for _, watch in sorted(self._runtime.watches.items())),
            role="watches" if self._world.role.watches else "responds",
            name=self._world.role.name,
            watcher=watcher.name if watcher is not None else "",
        )

    def services(self) -> Sequence[Service]:
        """Return the catalog, by name."""
        with self._world.state.transaction() as tx:
            return sorted(tx.list(Service), key=lambda service: service.key)

    def register(self, service: Service) -> None:
        """Put a service into the catalog; its windows are filled anew as it now wants them."""
        if not self._world.role.watches:
            raise RefusedError(
                "this replica responds alone: it has no windows to fill anew",
                "Send it to the replica that watches: /v1/status names it.",
            )
        with self._runtime.lock:
            with self._world.state.transaction() as tx:
                tx.put(service)
            self._runtime.watches[service.key] = recovery.watch_again(
                self._world, service, self._runtime.closed_to
            )

    def incidents(self, *, limit: int = 100) -> Sequence[Incident]:
        """Return incidents, the newest first."""
        with self._world.state.transaction() as tx:
            found = tx.list(Incident, limit=max(limit, 1_000))
        return sorted(found, key=lambda incident: (incident.opened_at, incident.key), reverse=True)[:limit]

    def incident(self, key: str) -> Incident:
        """Return an incident, while its first diagnosis is made with what that has found so far."""
        with self._world.state.transaction() as tx:
            found, inquiry = tx.get(Incident, key), tx.get(Inquiry, key)
        if found is None:
            raise UnknownError(
                f"there is no incident {key!r}", "`aright incident list` shows those there are."
            )
        if found.diagnosis is None and inquiry is not None:
            return msgspec.structs.replace(found, diagnosis=inquiry.diagnosis)
        return found

    def timeline(self, key: str) -> Sequence[TimelineEvent]:
        """Return an incident's timeline, oldest first."""
        self.incident(key)
        with self._world.state.transaction() as tx:
            return tx.events(key)

    def samples(self, key: str) -> Samples | None:
        """Return samples of an incident's inputs, ``None`` where there are none."""
        self.incident(key)
        with self._world.state.transaction() as tx:
            return tx.get(Samples, key)

    def messages(self, key: str) -> Sequence[Message]:
        """Return an incident's outbox messages, oldest first."""
        self.incident(key)
        with self._world.state.transaction() as tx:
            return tx.messages(key)

    def post_mortem(self, key: str) -> PostMortem | None:
        """Return the draft, or ``None`` while there is none."""
        self.incident(key)
        with self._world.state.transaction() as tx:
            return tx.get(PostMortem, key)

    def guards(self, *, service: str | None = None) -> Sequence[Guard]:
        """Return guards, the newest first."""
        with self._world.state.transaction() as tx:
            return tx.list(Guard, service=service)

    def notices(self, *, service: str | None = None, limit: int = 200) -> Sequence[Notice]:
        """Return notices, the newest first."""
        with self._world.state.transaction() as tx:
            return tx.list(Notice, service=service, limit=limit)

    def changes(self, *, service: str | None = None, limit: int = 200) -> Sequence[Change]:
        """Return changes, the newest first."""
        with self._world.state.transaction() as tx:
            found = tx.list(Change, service=service, limit=limit)
        return sorted(found, key=lambda change: change.at, reverse=True)

    def graph(self) -> Sequence[CallEdge]:
        """Return who calls whom, by caller and callee."""
        return edges(self._world)

    def runs(self, *, service: str | None = None, limit: int = 200) -> Sequence[Run]:
        """Return runs of data pipelines, the last told first."""
        with self._world.state.transaction() as tx:
            return tx.list(Run, service=service, limit=limit)

    def quarantined(self, *, limit: int = 50) -> Sequence[Quarantined]:
        """Return bodies with bad rows, the newest first."""
        with self._world.state.transaction() as tx:
            return tx.list(Quarantined, limit=limit)

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
        with self._world.state.transaction() as tx:
            found = tx.points(service, start=start, end=end, names=names, segment=segment)
        return [point for point in found if not is_process(point.name)]

    def profiles(self, wanted: Wanted) -> Sequence[ProfileView]:
        """Return profiles of columns over a span."""
        return read_profiles(self._world.state, wanted)

    def process(self, service: str, *, start: Micros, end: Micros) -> Sequence[ProcessPoint]:
        """Return process metrics per window."""
        with self._world.state.transaction() as tx:
            found = tx.points(service, start=start, end=end)
        return to_process(point for point in found if is_process(point.name))

    def acknowledge(self, key: str, *, by: str) -> Incident:
        """Take an incident on."""
        return self._happen(key, Acknowledged(at=self._now(), by=by))

    def note(self, key: str, *, by: str, text: str) -> Incident:
        """Write a line into the timeline."""
        return self._happen(key, Noted(at=self._now(), by=by, text=text))

    def mitigate(self, key: str, *, by: str, action: str, dry_run: bool, confirm: str) -> Mitigation:
        """Carry out an offered action."""
        self.incident(key)
        with _refusing():
            done = mitigating.mitigate(
                self._world, key, by=by, action=action, dry_run=dry_run, confirm=confirm
            )
        self._tell(key)
        return done

    def undo(self, key: str, *, by: str, mitigation: str, confirm: str) -> Mitigation:
        """Take a mitigation back."""
        self.incident(key)
        with _refusing():
            done = mitigating.undo(self._world, key, by=by, mitigation=mitigation, confirm=confirm)
        self._tell(key)
        return done

    def resolve(self, key: str, *, by: str, text: str = "", confirm: str = "") -> Incident:
        """Say that it is over; writes the post-mortem and compiles the guard."""
        incident = self.incident(key)
        if is_open(incident) and not is_mended(incident) and confirm != incident.service:
            raise RefusedError(
                "no mitigation has been verified, so users may still be hurt",
                f"To resolve it all the same, type the service's name: {incident.service}",
            )
        self._happen(key, Resolved(at=self._now(), by=by, text=text))
        if self._world.role.watches:
            with self._runtime.lock:
                learning.learn(self._world, key)
        else:
            with self._world.state.transaction() as tx:  # whoever has the rows does it
                tx.schedule(Due(key=f"{LEARN}:{key}", task=LEARN, subject=key, due_at=self._now()))
        if self._world.clock.driven:
            self._runtime.settle()  # the last status update
        self._tell(key)
        return self.incident(key)

    def review(self, key: str, *, by: str) -> Incident:
        """Say that the post-mortem has been read and agreed."""
        return self._happen(key, Reviewed(at=self._now(), by=by))

    def close_incident(self, key: str, *, by: str) -> Incident:
        """File it away."""
        return self._happen(key, Closed(at=self._now(), by=by))

    def advance(self, to: Micros) -> Status:
        """Drive the clock to ``to`` and do all that falls due."""
        if not self._world.clock.driven:
            raise RefusedError("this aright lives by the wall clock", "Start it with --clock driven.")
        try:
            self._runtime.advance(to)
        except ValueError as backwards:
            raise RefusedError(f"{backwards}: the clock only goes forward") from backwards
        return self.status()

    def subscribe(self) -> Subscription:
        """Listen to what happens from now on."""
        return self._world.happenings.listen()

    def _happen(self, key: str, event: Event) -> Incident:
        self.incident(key)
        with _refusing(), self._world.state.transaction() as tx:
            moved = happen(self._world, tx, tx.get(Incident, key), event)
        self._tell(key)
        return moved

    def _tell(self, key: str) -> None:
        if self._world.clock.driven:
            self._runtime.send()  # no thread of its own sends there, and no time passes
        self._world.happenings.tell(Happening(kind="incident", key=key))

    def _now(self) -> Micros:
        return self._world.clock.now()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except IllegalEventError as illegal:
        raise RefusedError(str(illegal)) from illegal

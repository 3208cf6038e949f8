"""Operations in memory, with the rules that pages and doors rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.incident import is_mended
from aright.core.incident.chain import seal
from aright.core.model.incident import Incident, Mitigation, State, TimelineEvent
from aright.engine.happenings import Happenings
from aright.engine.operations import Happening, RefusedError, Status, Subscription, UnknownError
from tests.unit.web import (
    example,
    example_learning,
    example_releases,
    example_series,
    example_slos,
    example_times,
)
from tests.unit.web.fake_alerts import FakeAlerts
from tests.unit.web.fake_command import FakeCommand
from tests.unit.web.fake_contracts import FakeContracts
from tests.unit.web.fake_evidence import FakeEvidence
from tests.unit.web.fake_heartbeats import FakeHeartbeats
from tests.unit.web.fake_hooks import FakeHooks
from tests.unit.web.fake_judges import FakeJudges
from tests.unit.web.fake_on_call import night_desk
from tests.unit.web.fake_releases import FakeReleases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.detect.slo_report import Period
    from aright.core.model.bookkeeping import Quarantined
    from aright.core.model.calls import CallEdge
    from aright.core.model.change import Change
    from aright.core.model.guard import Guard
    from aright.core.model.message import Message
    from aright.core.model.notice import Notice
    from aright.core.model.postmortem import PostMortem
    from aright.core.model.run import Run
    from aright.core.model.samples import Samples
    from aright.core.model.service import Service
    from aright.core.model.signal import Segment, SignalPoint
    from aright.core.model.slo import Attainment, Proposal, Standing
    from aright.core.model.times import Micros
    from aright.engine.operations import ProcessPoint
    from aright.engine.profiles import ProfileView, Wanted


class FakeSlos:
    """SLOs that stand where they are put."""

    def __init__(self) -> None:
        self.kept: list[Standing] = []
        self.attained: list[Attainment] = []
        self.proposed: list[Proposal] = []

    def standings(self, *, service: str | None = None) -> Sequence[Standing]:
        return [standing for standing in self.kept if service in {None, standing.slo.service}]

    def standing(self, name: str) -> Standing:
        for standing in self.kept:
            if standing.slo.key == name:
                return standing
        raise UnknownError(f"there is no SLO {name[:40]!r}")

    def report(self, name: str, *, period: Period, count: int) -> Sequence[Attainment]:
        self.standing(name)
        return self.attained[-count:]

    def proposals(self, service: str) -> Sequence[Proposal]:
        return [proposal for proposal in self.proposed if proposal.service == service]


class FakeOperations:
    """An engine that does what it is told, at once and in memory."""

    def __init__(self, *, incidents: Sequence[Incident] = (), status: Status = example.STATUS) -> None:
        self.known = {incident.key: incident for incident in incidents}
        self.catalog: dict[str, Service] = {}
        self.events: dict[str, list[TimelineEvent]] = {}
        self.kept_points: list[SignalPoint] = []
        self.kept_profiles: list[ProfileView] = []
        self.kept_by_segment: dict[Segment, list[ProfileView]] = {}
        self.asked_profiles: list[Wanted] = []
        self.kept_process: list[ProcessPoint] = []
        self.kept_messages: list[Message] = []
        self.kept_guards: list[Guard] = []
        self.kept_notices: list[Notice] = []
        self.kept_changes: list[Change] = []
        self.kept_quarantined: list[Quarantined] = []
        self.drafts: dict[str, PostMortem] = {}
        self.sampled: dict[str, Samples] = {}
        self.happenings = Happenings()
        self.alerts = FakeAlerts()
        self.slos = FakeSlos()
        self.contracts = FakeContracts()
        self.evidence = FakeEvidence(self.incident)
        self.releases = FakeReleases(self.happenings)
        self.judges = FakeJudges()
        self.heartbeats = FakeHeartbeats()
        self.hooks = FakeHooks()
        self.on_call = night_desk(lambda: self.at)
        self.command = FakeCommand(self.known, self.incident, self.mitigate, lambda: self.at)
        self.at = status.now
        self._status = status

    def status(self) -> Status:
        return msgspec.structs.replace(self._status, now=self.at)

    def services(self) -> Sequence[Service]:
        return [self.catalog[name] for name in sorted(self.catalog)]

    def register(self, service: Service) -> None:
        self.catalog[service.key] = service

    def incidents(self, *, limit: int = 100) -> Sequence[Incident]:
        return list(reversed(self.known.values()))[:limit]

    def incident(self, key: str) -> Incident:
        if key not in self.known:
            raise UnknownError(f"There is no incident {key[:40]!r}; GET /v1/incidents lists those there are.")
        return self.known[key]

    def timeline(self, key: str) -> Sequence[TimelineEvent]:
        self.incident(key)
        return self.events.get(key, [])

    def samples(self, key: str) -> Samples | None:
        self.incident(key)
        return self.sampled.get(key)

    def messages(self, key: str) -> Sequence[Message]:
        return [message for message in self.kept_messages if message.incident == key]

    def post_mortem(self, key: str) -> PostMortem | None:
        self.incident(key)
        return self.drafts.get(key)

    def guards(self, *, service: str | None = None) -> Sequence[Guard]:
        return [guard for guard in self.kept_guards if service in {None, guard.service}]

    def notices(self, *, service: str | None = None, limit: int = 200) -> Sequence[Notice]:
        return [notice for notice in self.kept_notices if service in {None, notice.service}][:limit]

    def changes(self, *, service: str | None = None, limit: int = 200) -> Sequence[Change]:
        return [change for change in self.kept_changes if service in {None, change.service}][:limit]

    def graph(self) -> Sequence[CallEdge]:
        return ()

    def runs(self, *, service: str | None = None, limit: int = 200) -> Sequence[Run]:
        return ()

    def quarantined(self, *, limit: int = 50) -> Sequence[Quarantined]:
        return self.kept_quarantined[:limit]

    def points(
        self,
        service: str,
        *,
        start: Micros,
        end: Micros,
        names: Sequence[str] | None = None,
        segment: Segment | None = None,
    ) -> Sequence[SignalPoint]:
        return [
            point
            for point in self.kept_points
            if point.service == service
            and start <= point.start < end
            and (names is None or point.name in names)
            and segment in {None, point.segment}
        ]

    def profiles(self, wanted: Wanted) -> Sequence[ProfileView]:
        self.asked_profiles.append(wanted)
        return self.kept_by_segment.get(wanted.segment, self.kept_profiles)

    def process(self, service: str, *, start: Micros, end: Micros) -> Sequence[ProcessPoint]:
        return [point for point in self.kept_process if start <= point.start < end and service == "ranker"]

    def acknowledge(self, key: str, *, by: str) -> Incident:
        return self._move(key, "acknowledged", f"{by} took it on.", by, acknowledged_by=by)

    def note(self, key: str, *, by: str, text: str) -> Incident:
        return self._move(key, "note", text, by)

    def mitigate(self, key: str, *, by: str, action: str, dry_run: bool, confirm: str) -> Mitigation:
        incident = self.incident(key)
        if not dry_run and confirm != incident.service:
            raise RefusedError(f"{confirm!r} is not the service's name. Type {incident.service} to go on.")
        template = example.DRY_RUN if dry_run else example.SENT
        done = msgspec.structs.replace(
            template,
            id=f"M{len(incident.mitigations) + 1}",
            action=action or "restore",
            by=by,
            at=self.at,
            status="sent",
            verdict="",
        )
        more = {} if dry_run else {"state": State.MONITORING, "mitigated_at": self.at}
        mitigations = (*incident.mitigations, done)
        self._move(key, "mitigation", done.title, by, mitigations=mitigations, **more)
        return done

    def undo(self, key: str, *, by: str, mitigation: str, confirm: str) -> Mitigation:
        incident = self.incident(key)
        if confirm != incident.service:
            raise RefusedError(f"{confirm!r} is not the service's name. Type {incident.service} to go on.")
        found = next((each for each in incident.mitigations if each.id == mitigation), None)
        if found is None:
            raise UnknownError(f"{key} has no mitigation {mitigation[:20]!r}.")
        undone = msgspec.structs.replace(found, status="undone")
        changed = tuple(undone if each is found else each for each in incident.mitigations)
        self._move(key, "mitigation", f"{mitigation} was taken back.", by, mitigations=changed)
        return undone

    def resolve(self, key: str, *, by: str, text: str = "", confirm: str = "") -> Incident:
        incident = self.incident(key)
        if not is_mended(incident) and confirm != incident.service:
            raise RefusedError("No mitigation has been verified.", f"Type {incident.service} to go on.")
        self.drafts[key] = msgspec.structs.replace(example_learning.POST_MORTEM, key=key)
        said = text or "It is over."
        return self._move(key, "resolved", said, by, state=State.RESOLVED, resolved_at=self.at)

    def review(self, key: str, *, by: str) -> Incident:
        if self.incident(key).state is not State.RESOLVED:
            raise RefusedError(f"{key} is not resolved: resolve it first.")
        return self._move(key, "reviewed", "The post-mortem was agreed.", by, state=State.REVIEWED)

    def close_incident(self, key: str, *, by: str) -> Incident:
        return self._move(key, "closed", "Filed away.", by, state=State.CLOSED)

    def advance(self, to: Micros) -> Status:
        if to < self.at:
            raise RefusedError("The clock does not go back.")
        self.at = to
        self.happenings.tell(Happening(kind="window", key="ranker"))
        return self.status()

    def subscribe(self) -> Subscription:
        return self.happenings.listen()

    def _move(self, key: str, kind: str, text: str, by: str, **changes: object) -> Incident:
        self.known[key] = msgspec.structs.replace(self.incident(key), **changes)
        lines = self.events.setdefault(key, [])
        event = TimelineEvent(
            incident=key, number=len(lines) + 1, at=self.at, kind=kind, text=text, by=by, key=True
        )
        lines.append(seal(event, lines[-1].hash if lines else ""))
        self.happenings.tell(Happening(kind="incident", key=key))
        return self.known[key]


def empty() -> FakeOperations:
    """Return an engine that has seen nothing."""
    return FakeOperations(
        status=msgspec.structs.replace(
            example.STATUS, accepted=0, quarantined=0, late=0, services=(), open_incidents=0
        )
    )


def busy(*, resolved: bool = False) -> FakeOperations:
    """Return an engine in the middle of the example incident, or after it."""
    incident = example.RESOLVED if resolved else example.INCIDENT
    made = FakeOperations(incidents=(example.OLD, incident, example.YOUNG))
    made.at = example_times.LATER if resolved else example_times.NOW
    made.register(example.SERVICE)
    made.events["INC-7"] = example.timeline(closed=resolved)
    back = example_times.MITIGATED if resolved else None
    made.kept_points = list(example_series.points(until=made.at, back=back))
    made.kept_process = list(example_series.process(until=made.at))
    made.kept_messages = list(example.MESSAGES)
    made.kept_guards = [example_learning.GUARD] if resolved else []
    made.kept_notices = list(example.NOTICES)
    made.kept_changes = list(example.CHANGES)
    made.kept_quarantined = list(example.QUARANTINED)
    made.slos.kept = list(example_slos.ALL)
    if resolved:
        made.drafts["INC-7"] = example_learning.POST_MORTEM
    return made


def releasing() -> FakeOperations:
    """Return an engine with releases of every kind."""
    made = busy()
    made.releases.at = made.at
    made.releases.kept = {each.key: each for each in example_releases.all_releases()}
    made.releases.lines = {key: example_releases.ledger(each) for key, each in made.releases.kept.items()}
    made.releases.kept_aliases = list(example_releases.ALIASES)
    return made

"""Who is told, and how, as all files together say it: read one by one, then held against one another."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeVar

from aright.adapters.catalog.beats import HEARTBEAT_KEYS, read_heartbeat
from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.naming import Mention
from aright.adapters.catalog.outlets import read_outlet
from aright.adapters.catalog.people import PERSON_KEYS, read_person
from aright.adapters.catalog.policies import (
    DEFAULT,
    OF_SERVICE,
    PAGER_BY_FLAG,
    POLICY_KEYS,
    Known,
    of_service,
    read_policy,
    settled,
)
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.schedules import SCHEDULE_KEYS, read_schedule
from aright.adapters.catalog.updates import read_updates
from aright.core.page.linting import weaknesses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.adapters.catalog.findings import Findings
    from aright.adapters.catalog.policies import Draft
    from aright.core.model.command import Updating
    from aright.core.model.heartbeat import Heartbeat
    from aright.core.model.on_call import Person, Policy, Schedule
    from aright.core.model.outlet import Outlet
    from aright.core.model.service import Service
    from aright.core.model.times import Micros

RESPONSE_KEYS: Final[dict[str, str]] = {
    "channels": "a list of ways out: PagerDuty, ServiceNow, Slack, e-mail, webhooks.",
    "people": "a list of who can be told.",
    "schedules": "a list of who has the shift, in turns.",
    "policies": "a list of who is told, one step after the other.",
    "heartbeats": "a list of what must be heard from again and again.",
    "updates": "how often status updates are made, and where they are told.",
}
"""What a catalog file may say of the response, by key."""

_TICKETS: Final = frozenset({"servicenow"})
"""Types of channels that keep a record and reach nobody."""

T = TypeVar("T")


class Response:
    """What the files say of people, schedules, policies, channels, heartbeats and updates."""

    def __init__(self, environment: Mapping[str, str] | None) -> None:
        self.people: dict[str, Person] = {}
        self.schedules: dict[str, Schedule] = {}
        self.policies: dict[str, Policy] = {}
        self.outlets: dict[str, Outlet] = {}
        self.heartbeats: dict[str, Heartbeat] = {}
        self.updating: Updating | None = None
        self._environment = environment
        self._places: dict[tuple[str, str], tuple[Findings, int]] = {}
        self._mentions: list[Mention] = []
        self._drafts: dict[str, Draft] = {}

    def take(self, reader: Reader) -> None:
        """Read one document."""
        said = reader.said
        for node in reader.items("channels"):
            outlet = read_outlet(node, reader, self._environment)
            self._put(self.outlets, "channel", outlet, outlet.key if outlet else "", said, node.line)
        for node in reader.items("people"):
            person = read_person(Reader(node, said, "a person", tuple(PERSON_KEYS)), self._mentions)
            self._put(self.people, "person", person, person.key if person else "", said, node.line)
        for node in reader.items("schedules"):
            schedule = read_schedule(Reader(node, said, "a schedule", tuple(SCHEDULE_KEYS)), self._mentions)
            self._put(self.schedules, "schedule", schedule, schedule.key if schedule else "", said, node.line)
        for node in reader.items("policies"):
            draft = read_policy(Reader(node, said, "a policy", tuple(POLICY_KEYS)))
            self._put(self._drafts, "policy", draft, draft.policy.key if draft else "", said, node.line)
        for node in reader.items("heartbeats"):
            beat = read_heartbeat(Reader(node, said, "a heartbeat", tuple(HEARTBEAT_KEYS)))
            self._put(self.heartbeats, "heartbeat", beat, beat.key if beat else "", said, node.line)
        node_of_updates = reader.node("updates")
        if node_of_updates is not None:
            if self.updating is not None:
                reader.tell("updates", "updates are set twice", "one would be lost", "Take one away")
            self.updating = read_updates(node_of_updates, reader, self._mentions)

    def finish(self, services: Mapping[str, tuple[Service, Findings, int]]) -> None:
        """Hold all names against what there is, and make the policies."""
        known = Known(self.people, self.schedules, self.outlets)
        for mention in self._mentions:
            if not (mention.kind == "channel" and mention.name == PAGER_BY_FLAG):
                mention.check(known.of(mention.kind))
        self._check_aliases()
        self._check_ways()
        self.policies = {name: settled(draft, known) for name, draft in self._drafts.items()}
        self._check_services(services)
        self._check_heartbeats(services)
        for service, said, line in services.values():
            self._places["policy", f"{OF_SERVICE}{service.key}"] = (said, line)
            made = (
                None if service.policy or not service.escalation else of_service(service, known, said, line)
            )
            if made is not None:
                self.policies[made.key] = made

    def lint(self, now: Micros, *, strict: bool) -> None:
        """Tell by which steps, shifts and policies a page would reach nobody, in the weeks after ``now``.

        Args:
            now: µs, UTC.
            strict: whether a page that would reach nobody at a time to come is an error, and not a warning.
        """
        channels = {name for name, outlet in self.outlets.items() if outlet.type not in _TICKETS}
        found = weaknesses(
            tuple(self.people.values()),
            tuple(self.schedules.values()),
            tuple(self.policies.values()),
            (),
            channels | {PAGER_BY_FLAG},
            now,
        )
        for weak in found:
            said, line = self._place_of(weak.where)
            said.tell(
                line,
                f"{weak.where.replace(':', ' ', 1)}: {weak.what}",
                "a page could reach nobody" if weak.serious else "somebody might not be told",
                weak.fix.rstrip("."),
                error=weak.serious and (strict or not weak.at),
            )

    def _place_of(self, where: str) -> tuple[Findings, int]:
        """Return where that stands of which a weakness was found."""
        name, _, step = where.partition(" step ")
        kind, _, name = name.partition(":")
        said, line = self._places[kind, name]
        draft = self._drafts.get(name) if kind == "policy" and step else None
        return said, draft.lines[int(step) - 1] if draft else line

    def _put(
        self, into: dict[str, T], what: str, value: T | None, name: str, said: Findings, line: int
    ) -> None:
        if value is None:
            return
        if name in into:
            first, at = self._places[what, name]
            said.tell(
                line,
                f"the {what} {shown(name)} is given twice",
                f"the first is at {first.file}:{at}",
                "Rename one, or take it away",
            )
            return
        self._places[what, name] = (said, line)
        into[name] = value

    def _check_aliases(self) -> None:
        owners = {name.lower(): name for name in self.people}
        for name, person in self.people.items():
            said, line = self._places["person", name]
            for alias in person.aliases:
                owner = owners.setdefault(alias.lower(), name)
                if owner != name:
                    said.tell(
                        line,
                        f"{shown(alias)} is an alias of {name}",
                        f"it is {owner}'s name or alias already, so nobody could tell who acknowledged",
                        "Take it out of one of them",
                    )

    def _check_ways(self) -> None:
        for name, person in self.people.items():
            said, line = self._places["person", name]
            for way in person.ways:
                outlet = self.outlets.get(way)
                if outlet is not None and outlet.type in _TICKETS:
                    what, fix = f"{name} cannot be reached by {way}", f"Take {way} out of contact"
                    said.tell(line, what, f"it is of type {outlet.type}, which tells nobody", fix)
                elif outlet is not None and outlet.type == "email" and way not in person.addresses:
                    what, fix = f"{name} has no address on {way}", f"Write addresses: {{{way}: …}}"
                    said.tell(line, what, "no letter could reach them", fix)

    def _check_services(self, services: Mapping[str, tuple[Service, Findings, int]]) -> None:
        used = {DEFAULT}
        for service, said, line in services.values():
            if service.policy:
                why = f"the pages of {shown(service.key)} would go by the default one"
                Mention(said, line, "policy", service.policy, why).check(self.policies)
                used.add(service.policy)
                if service.escalation:
                    said.warn(
                        line,
                        f"{shown(service.key)} has a policy and steps of its own",
                        "the policy counts",
                        "Take escalation away",
                    )
            elif self.policies and DEFAULT not in self.policies and not service.escalation:
                said.warn(
                    line,
                    f"{shown(service.key)} has no policy",
                    "none is called default, so nobody is told by one",
                    "Give it a policy, or call one default",
                )
        for name in self.policies.keys() - used:
            at, line = self._places["policy", name]
            at.warn(line, f"no service has the policy {name}", "nobody reaches it", "Name it at a service")

    def _check_heartbeats(self, services: Mapping[str, object]) -> None:
        for name, beat in self.heartbeats.items():
            if beat.service not in services:
                said, line = self._places["heartbeat", name]
                near = get_close_matches(beat.service, list(services), n=1)
                said.warn(
                    line,
                    f"the heartbeat {name} is of {shown(beat.service)}",
                    "no service here has that name, so its tier and policy are not known",
                    f"Write {near[0]}" if near else "Add the service",
                )

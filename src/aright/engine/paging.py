"""Paging: what happens to an incident, brought to its escalation, and what that brings about, committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.effects import Cancel, Record, Schedule
from aright.core.model.incident import Incident, TimelineEvent
from aright.core.model.on_call import ARIGHT, Person
from aright.core.model.paging import Paging
from aright.core.page.body import read_page
from aright.core.page.escalating import (
    Accepted,
    Acknowledged,
    Ended,
    Failed,
    Fired,
    StepDue,
    TakeOverDue,
    Tell,
    apply,
)
from aright.engine import page_messages
from aright.engine.reaching import one_name, policy_of, reach_now

if TYPE_CHECKING:
    from aright.core.incident.effects import SendPage
    from aright.core.model.message import Message
    from aright.core.model.times import Micros
    from aright.core.page.escalating import Event, Reach
    from aright.engine.outlets import Outlets
    from aright.ports.state import Transaction

NO_PAGER: Final = (
    "Nobody is paged: no pager is set up. Set PAGERDUTY_ROUTING_KEY, or --pagerduty-key-file, and start "
    "aright again: whoever is on call is paged then, if this is still open and nobody has taken it on"
)

NOTED: Final = frozenset(
    {
        "acknowledged",
        "diagnosed",
        "escalated",
        "exhausted",
        "guard",
        "joined",
        "merged",
        "mitigation",
        "not_verified",
        "note",
        "recurrence",
        "reopened",
        "resolved",
        "reviewed",
        "role",
        "root",
        "runbook",
        "severity",
        "taken_over",
        "track",
        "verified",
    }
)
"""Lines that go to channels with a record of their own; what aright itself notes does not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """An incident's escalation within one transaction.

    Attributes:
        tx: open.
        incident: as it is committed.
        outlets: the channels.
        base_url: where aright's own pages are.
    """

    tx: Transaction
    incident: Incident
    outlets: Outlets
    base_url: str = ""

    def write(self, record: Record) -> None:
        """Append a line to the timeline, and tell it to channels with a record of their own."""
        line = self.tx.append_event(
            TimelineEvent(
                incident=self.incident.key,
                number=0,  # given when it is appended
                at=record.at,
                kind=record.kind,
                text=record.text,
                by=record.by,
                key=record.key,
                refs=record.refs,
            )
        )
        if record.kind in NOTED and not (record.kind == "note" and record.by == ARIGHT):
            self._note(line, record.origin)
        if record.kind == "acknowledged":
            self.acknowledged(record.by, record.at)

    def send(self, page: SendPage) -> None:
        """Page, or tell those who were paged that somebody is on it, or that it is over."""
        if page.action == "trigger":
            self._fire(page)
            return
        if page.action == "acknowledge":
            self.acknowledged(self.incident.acknowledged_by, page.at)
        elif page.action == "resolve":
            self.happen(Ended(at=page.at))
        self._follow_up(page)

    def acknowledged(self, by: str, at: Micros) -> None:
        """Count who acknowledged."""
        paging = self._paging()
        if paging is not None:
            name = one_name(self.tx, by)
            self.happen(Acknowledged(at=at, by=name, reach=self._reach(paging, at)))

    def happen(self, event: Event) -> None:
        """Bring an event to the escalation, and carry out what comes of it; none, where it never fired."""
        paging = self._paging()
        if paging is None and not isinstance(event, Fired):
            return
        turn = apply(paging, event)
        if turn.paging != paging:
            self.tx.put(turn.paging)
        for effect in turn.effects:
            match effect:
                case Record():
                    self.write(effect)
                case Tell():
                    self.tx.send(self._trigger(effect, turn.paging))
                case Schedule():
                    self.tx.schedule(effect.due)
                case Cancel():
                    self.tx.done(effect.key)

    def _fire(self, page: SendPage) -> None:
        policy = policy_of(self.tx, self.incident, self.outlets)
        if policy is None or (not policy.steps and policy.owner == ARIGHT):
            self.write(Record(at=page.at, kind="page_failed", text=NO_PAGER, key=True))
        if policy is None:
            return
        self.happen(
            Fired(
                at=page.at,
                incident=self.incident.key,
                service=self.incident.service,
                policy=policy,
                reach=reach_now(self.tx, self.incident, policy, self.outlets, page.at),
                again=page.again,
            )
        )

    def _follow_up(self, page: SendPage) -> None:
        """Tell everybody who was paged, once each; those who were not need not know."""
        paged: dict[str, Message] = {}
        for message in self.tx.messages(self.incident.key):
            if message.status != "failed" and message.channel != page.origin and _is_page(message):
                paged.setdefault(message.dedup_key, message)
        paging = self._paging()
        number = paging.number if paging is not None else len(self.incident.lulls) + 1
        for message in page_messages.follow_ups(
            self.incident,
            paged,
            self.outlets,
            action=page.action,
            number=number,
            at=page.at,
            base_url=self.base_url,
            addresses=self._addresses() if page.action == "acknowledge" else None,
        ):
            self.tx.send(message)

    def _addresses(self) -> dict[str, str]:
        """Return where whoever took it on is found, by channel that keeps tickets."""
        person = self.tx.get(Person, one_name(self.tx, self.incident.acknowledged_by))
        known = person.addresses if person is not None else {}
        return {name: known[name] for name in self.outlets.tickets if name in known}

    def _note(self, line: TimelineEvent, origin: str) -> None:
        records = [
            name
            for name, outlet in self.outlets.by_name.items()
            if outlet.kind != "way" and "note" in outlet.takes and name != origin
        ]
        paging = self._paging() if records and not self.incident.restricted_to else None
        if paging is None:
            return
        told = {each.channel for each in paging.told if not each.person and each.status != "failed"}
        for name in records:
            if name in told:
                main = self._main(paging)
                aside = self.outlets.by_name[name].kind == "pager"
                self.tx.send(
                    page_messages.note(
                        self.incident, line, name, main=main, base_url=self.base_url, aside=aside
                    )
                )

    def _trigger(self, tell: Tell, paging: Paging) -> Message:
        outlet = self.outlets.by_name.get(tell.told.channel)
        return page_messages.trigger(
            self.incident,
            tell,
            main=self._main(paging),
            base_url=self.base_url,
            ticket=outlet is not None and outlet.kind == "tickets",
        )

    def _main(self, paging: Paging) -> str:
        """Return the pager whose key is the incident's own."""
        owner = paging.policy.owner
        return owner if owner != ARIGHT else next(iter(self.outlets.pagers), "")

    def _paging(self) -> Paging | None:
        return self.tx.get(Paging, self.incident.key)

    def _reach(self, paging: Paging, at: Micros) -> Reach:
        return reach_now(self.tx, self.incident, paging.policy, self.outlets, at)


def escalate(page: Page, at: Micros) -> None:
    """Tell the next step, its time having come."""
    paging = page.tx.get(Paging, page.incident.key)
    if paging is not None:
        reach = reach_now(page.tx, page.incident, paging.policy, page.outlets, at)
        page.happen(StepDue(at=at, reach=reach))


def take_over(page: Page, at: Micros) -> None:
    """See whether the owner has accepted, its time being over."""
    paging = page.tx.get(Paging, page.incident.key)
    if paging is not None:
        reach = reach_now(page.tx, page.incident, paging.policy, page.outlets, at)
        page.happen(TakeOverDue(at=at, reach=reach))


def told(page: Page, message: Message, at: Micros, *, sent: bool, permanent: bool) -> None:
    """Bring what became of a page to its escalation."""
    if sent:
        page.happen(Accepted(at=at, message=message.id))
        return
    paging = page.tx.get(Paging, page.incident.key) if permanent else None
    if paging is not None:
        reach = reach_now(page.tx, page.incident, paging.policy, page.outlets, at)
        page.happen(Failed(at=at, message=message.id, permanent=True, reach=reach))


def _is_page(message: Message) -> bool:
    try:
        return read_page(message.body).action == "trigger"
    except msgspec.MsgspecError:
        return False

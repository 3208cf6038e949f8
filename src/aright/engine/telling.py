"""Status updates as they fall due: published, drafted and reminded of, or told as missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.communicate import Look, draft_update, look, public_name, public_title, restricted_text
from aright.core.incident import UpdateDrafted, UpdateMissed, UpdateReminded
from aright.core.incident.dues import audience_key, update_key
from aright.core.incident.standing import is_open, services_of
from aright.core.incident.telling_updates import TO, next_id
from aright.core.model.command import AUDIENCES, Audience, Updating
from aright.core.model.incident import Incident, StatusUpdate
from aright.core.model.message import Due, Message
from aright.core.model.service import Service
from aright.core.model.times import clock_text
from aright.core.page.body import PageBody
from aright.engine.commit import dedup_key
from aright.engine.happening import happen
from aright.engine.operations import Happening
from aright.engine.reminding import leader, remind, talker

if TYPE_CHECKING:
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

UPDATE: Final = "update"
"""The task; its key says whether facts changed (``update:INC-1``) or a cadence came round."""

URGENCY: Final = 5
_STEPS: Final = 4
"""How much can be done for an audience at once: draft, count as missed, draft the next."""


def run_update(world: World, due: Due) -> None:
    """Do what is due for every audience of an incident, in one transaction, and schedule the next look.

    It depends on the incident and the clock alone, not on the row: done twice, or by two at once, it tells
    nothing twice.
    """
    now = world.clock.now()
    with world.state.transaction() as tx:
        news_at = _news_at(tx, due, now)
        tx.done(due.key)
        incident = tx.get(Incident, due.subject)
        if incident is None:
            return
        tx.done(update_key(incident.key))
        updating = updating_of(tx)
        for audience in AUDIENCES:
            incident = _tell(world, tx, incident, audience, updating, now=now, news_at=news_at)
    world.happenings.tell(Happening(kind="incident", key=due.subject))


def _news_at(tx: Transaction, due: Due, now: Micros) -> Micros:
    """Return when facts changed that nobody was told of yet, 0 for none: they wait in a row of their own."""
    key = update_key(due.subject)
    waiting = [due, *tx.take_due(now, only=UPDATE)]
    return next((row.due_at for row in waiting if row.key == key), 0)


def updating_of(tx: Transaction) -> Updating:
    """Return how updates are made: as the catalog says, else as ships."""
    return tx.get(Updating, "updating") or Updating()


def public_names(tx: Transaction, incident: Incident, updating: Updating) -> dict[str, str]:
    """Return what people outside call an incident's services."""
    return {name: public_name(tx.get(Service, name), updating.names) for name in services_of(incident)}


def draft(
    world: World,
    tx: Transaction,
    incident: Incident,
    audience: Audience,
    *,
    due_at: Micros,
    publish: bool = False,
) -> tuple[Incident, StatusUpdate]:
    """Draft an update from the facts, or publish it as drafted; return the incident and the update."""
    now = world.clock.now()
    updating = updating_of(tx)
    made = draft_update(
        incident,
        now,
        audience,
        due_at=0 if publish else due_at,
        updating=updating,
        names=public_names(tx, incident, updating),
    )
    made = msgspec.structs.replace(made, id=next_id(incident), due_at=due_at)
    if publish:
        made = msgspec.structs.replace(made, status="published", published_at=now, by="aright")
    incident = happen(world, tx, incident, UpdateDrafted(at=now, update=made))
    if publish:
        send(world, tx, incident, made)
    return incident, made


def send(world: World, tx: Transaction, incident: Incident, update: StatusUpdate) -> None:
    """Put a published update into the outbox, for every channel of its audience that takes updates."""
    updating = updating_of(tx)
    for name in dict.fromkeys(updating.channels.get(update.audience, ())):
        channel = world.channels.get(name)
        if channel is None or "update" in channel.takes:  # one that is gone may come back with the catalog
            tx.send(_message(world, tx, incident, update, updating, name))


def schedule(tx: Transaction, incident: Incident, audience: str, updating: Updating, now: Micros) -> None:
    """Schedule when an audience is looked at next, as things stand."""
    _schedule(tx, incident, audience, look(incident, audience, updating, now), now)


def _tell(
    world: World,
    tx: Transaction,
    incident: Incident,
    audience: Audience,
    updating: Updating,
    *,
    now: Micros,
    news_at: Micros,
) -> Incident:
    found = look(incident, audience, updating, now, news_at=news_at)
    if audience in updating.automatic and news_at and found.due_at and _is_news(incident, audience, news_at):
        incident, _ = draft(world, tx, incident, audience, due_at=0, publish=True)
        found = look(incident, audience, updating, now, news_at=news_at)
    for _ in range(_STEPS):
        if not found.do:
            break
        incident, found = _do(world, tx, incident, audience, updating, found, now=now)
    _schedule(tx, incident, audience, found, now)
    return incident


def _do(
    world: World,
    tx: Transaction,
    incident: Incident,
    audience: Audience,
    updating: Updating,
    found: Look,
    *,
    now: Micros,
) -> tuple[Incident, Look]:
    if found.do == "publish":
        incident, _ = draft(world, tx, incident, audience, due_at=found.due_at, publish=True)
        return incident, look(incident, audience, updating, now)
    if found.do == "draft":
        incident, made = draft(world, tx, incident, audience, due_at=found.due_at)
        after = look(incident, audience, updating, now)
        if after.do != "miss":
            incident = _remind(world, tx, incident, made)
        return incident, after
    incident = _miss(world, tx, incident, audience, found, now=now)
    return incident, look(incident, audience, updating, now)


def _is_news(incident: Incident, audience: str, news_at: Micros) -> bool:
    """Return whether facts changed since an audience heard; of what has ended the cadence's own end tells."""
    if not is_open(incident):
        return False
    return not any(
        update.audience == audience and update.status == "published" and update.at > news_at
        for update in incident.updates
    )


def _remind(world: World, tx: Transaction, incident: Incident, update: StatusUpdate) -> Incident:
    whom, because = talker(incident)
    text = (
        f"An update of {incident.key} for {TO[update.audience]} is drafted and due at "
        f"{clock_text(update.due_at)} UTC. Read it and publish it: "
        f"aright incident update publish {incident.key} {update.id}\n\n{update.text}"
    )
    told = remind(world, tx, incident, whom=whom, because=because, text=text, name=f"update-{update.id}")
    return happen(
        world,
        tx,
        incident,
        UpdateReminded(at=world.clock.now(), update=update.id, whom=told, because=because),
    )


def _miss(
    world: World, tx: Transaction, incident: Incident, audience: str, found: Look, *, now: Micros
) -> Incident:
    waiting = [u for u in incident.updates if u.audience == audience and u.status == "draft"][-1]
    commander = leader(incident)
    told: tuple[str, ...] = ()
    if commander:
        text = (
            f"The update of {incident.key} for {TO[waiting.audience]} was due at "
            f"{clock_text(found.due_at)} UTC and nobody published it. "
            f"Publish it (aright incident update publish {incident.key} {waiting.id}), "
            f"or give somebody communications."
        )
        because = f"you lead {incident.key}"
        told = remind(
            world, tx, incident, whom=commander, because=because, text=text, name=f"missed-{waiting.id}"
        )
    return happen(
        world, tx, incident, UpdateMissed(at=now, update=waiting.id, told=told, next_due=found.next_due)
    )


def _schedule(tx: Transaction, incident: Incident, audience: str, found: Look, now: Micros) -> None:
    key = audience_key(incident.key, audience)
    if found.again_at:
        tx.schedule(Due(key=key, task=UPDATE, subject=incident.key, due_at=max(found.again_at, now + 1)))
    else:
        tx.done(key)


def _message(
    world: World,
    tx: Transaction,
    incident: Incident,
    update: StatusUpdate,
    updating: Updating,
    channel: str,
) -> Message:
    outward = update.audience != "internal"
    names = public_names(tx, incident, updating) if outward else {}
    title = public_title(incident, names) if outward else incident.title
    link = f"{world.public_url.rstrip('/')}/incidents/{incident.key}" if world.public_url else ""
    if incident.restricted_to:
        title = restricted_text(incident)
    body = PageBody(
        action="update",
        incident=incident.key,
        service=names.get(incident.service, "") if outward or incident.restricted_to else incident.service,
        severity=0 if update.audience == "public" or incident.severity is None else incident.severity.level,
        title=title,
        opened_at=incident.opened_at,
        link="" if outward else link,
        text=update.text,
        by="" if update.by == "aright" or outward else update.by,
        audience=update.audience,
        state=incident.state.value,
    )
    key = f"{dedup_key(incident)}-{update.audience}-{channel}"
    return Message(
        id=f"{key}-{update.id}-update",
        channel=channel,
        dedup_key=f"{key}-update",
        incident=incident.key,
        urgency=URGENCY,
        body=msgspec.json.encode(body),
        due_at=world.clock.now(),
    )


__all__ = ["UPDATE", "draft", "public_names", "run_update", "schedule", "send", "updating_of"]

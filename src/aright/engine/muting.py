"""Muting: harm that a silence covers is kept and told in timelines, and pages once the silence is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident import AlertsSilenced
from aright.core.model.foreign_alert import ALERT
from aright.core.model.message import Due
from aright.core.model.notice import Notice
from aright.core.model.silence import Muted, Silence
from aright.core.page.silencing import facts_of, first_match, in_words
from aright.engine.happening import happen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.alert import Alert
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

_EVERY: Final = 100_000
UNMUTE: Final = "unmute"
"""The task that lets go what a silence held back."""


def active_silences(tx: Transaction) -> Sequence[Silence]:
    """Return the silences that nobody has ended; some of them are not active just now."""
    return tx.list(Silence, tag="open", limit=_EVERY)


def muted_now(tx: Transaction) -> frozenset[str]:
    """Return the services whose own streams are muted: they learn nothing of what is healthy meanwhile."""
    return frozenset(
        muted.service for muted in tx.list(Muted, tag="open", limit=_EVERY) if is_own(muted.alert)
    )


def is_own(alert: Alert) -> bool:
    """Return whether aright raised it: its detectors raise it anew when its service is quiet no more."""
    return not alert.signal.startswith(ALERT)


def part(
    world: World, tx: Transaction, alerts: Sequence[Alert], incident: Incident | None, *, now: Micros
) -> tuple[Alert, ...]:
    """Return the harm alerts that no silence covers, and keep the others.

    Args:
        world: the ports.
        tx: open.
        alerts: of one service, with harm.
        incident: that hits the service now; its timeline tells what was muted.
        now: µs, UTC.
    """
    silences = active_silences(tx)
    if not silences:
        return tuple(alerts)
    found = first_match(silences, [facts_of(alert) for alert in alerts], now)
    held = [(alert, *match) for alert, match in zip(alerts, found, strict=True) if match is not None]
    hold(world, tx, held, incident, now=now)
    return tuple(alert for alert, match in zip(alerts, found, strict=True) if match is None)


def hold(
    world: World,
    tx: Transaction,
    held: Sequence[tuple[Alert, Silence, Micros]],
    incident: Incident | None,
    *,
    now: Micros,
) -> None:
    """Keep harm that silences cover: as muted, as a notice, in the incident's timeline; once for each."""
    known = tx.get_all(Muted, [alert.key for alert, _, _ in held])
    fresh: list[Muted] = []
    for alert, silence, until in held:
        before = known.get(alert.key)
        at = before.at if before is not None and not before.lifted_at else now
        muted = Muted(
            key=alert.key,
            service=alert.service,
            alert=alert,
            at=at,
            silence=silence.key,
            until=until,
            text=in_words(silence, until),
        )
        tx.put(muted)
        tx.schedule(Due(key=f"{UNMUTE}:{silence.key}", task=UNMUTE, subject=silence.key, due_at=until))
        if before is None or before.lifted_at or before.silence != silence.key:
            fresh.append(muted)
    tx.put_all([_notice(muted, incident, now=now) for muted in fresh])
    if incident is not None and fresh:
        texts = tuple(dict.fromkeys(muted.text for muted in fresh))
        event = AlertsSilenced(at=now, alerts=tuple(muted.alert for muted in fresh), text="; ".join(texts))
        happen(world, tx, incident, event)


def lift(tx: Transaction, silence: str, *, now: Micros) -> list[Muted]:
    """Let go what a silence held back; return it, for what raises nothing anew by itself to be told again."""
    lifted = [muted for muted in tx.list(Muted, tag="open", limit=_EVERY) if muted.silence == silence]
    tx.put_all([msgspec.structs.replace(muted, lifted_at=now) for muted in lifted])
    return lifted


def _notice(muted: Muted, incident: Incident | None, *, now: Micros) -> Notice:
    return Notice(
        key=f"{muted.key}@{muted.at}",
        service=muted.service,
        at=now,
        alert=muted.alert,
        incident=incident.key if incident else "",
        muted=muted.text,
    )

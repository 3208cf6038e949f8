"""kill −9 while alerts come: each that was answered is kept, in its incident, with its page in the outbox."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from aright.adapters.sql.sqlite import SqliteState
from aright.core.incident.chain import verify_chain
from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.incident import Incident
from tests.contract.alerting_until_killed import STATE
from tests.contract.test_kill import Victim

if TYPE_CHECKING:
    from pathlib import Path

LIVES = 8


def test_no_answered_alert_is_without_its_page(tmp_path: Path):
    chance = random.Random(4)
    victim = Victim(tmp_path, "alerting_until_killed")
    answered: set[str] = set()
    for life in range(LIVES):
        answered |= set(victim.live_and_die(life, chance.randint(1, 30)))
    victim.close()
    state = SqliteState(tmp_path / STATE)
    with state.transaction() as tx:
        alerts = {alert.service: alert for alert in tx.list(ForeignAlert, limit=100_000)}
        incidents = {incident.key: incident for incident in tx.list(Incident, limit=100_000)}
        pages = {key: [message.status for message in tx.messages(key)] for key in incidents}
        chains = [verify_chain(tx.events(key)) for key in incidents]
    state.close()
    assert len(answered) >= LIVES
    assert answered <= set(alerts)
    assert {alert.incident for alert in alerts.values()} == set(incidents)
    assert {tuple(statuses) for statuses in pages.values()} == {("pending",)}, (
        "each is told once, none is lost"
    )
    assert all(chains)

"""Wall clocks that jump by hours, both ways, while alerts come in and pages leave: none is lost."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from aright.adapters.sql.sqlite import SqliteState
from aright.core.incident import apply
from aright.core.incident.facts import wrongs
from aright.core.incident.standing import services_of
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.incident import Incident
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.engine.alert_inlet import AlertInlet
from aright.engine.outbox import drain
from aright.engine.tasks import run_response
from tests.unit.engine.failing_shop import START, Pager, Plant

if TYPE_CHECKING:
    from pathlib import Path


class Jumping:
    """A wall clock that whoever keeps the time sets forward and back."""

    driven = False

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.at = START

    def now(self) -> int:
        return self.at

    def go_on(self) -> None:
        if self._chance.random() < 0.2:
            self.at += self._chance.choice((-1, 1)) * self._chance.randrange(12 * HOUR)
        else:
            self.at += self._chance.randrange(30 * SECOND)


def body(service: str, at: int) -> Frame:
    labels = {"alertname": "Down", "service": service, "severity": "critical"}
    content = json.dumps([{"labels": labels}]).encode()
    return Frame(
        kind=Kind.ALERTS,
        format=Format.ALERTS_API,
        encoding=Encoding.IDENTITY,
        received_at=at,
        body=content,
    )


@pytest.mark.chaos
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_lost_whatever_the_clock_says(seed: int, tmp_path: Path):
    clock, pager = Jumping(seed), Pager()
    plant = Plant(state=SqliteState(tmp_path / "state.db"), pager=pager, clock=clock)
    inlet = AlertInlet(plant.world)
    inlet.start()
    services = [f"s{number}" for number in range(40)]
    for service in services:
        clock.go_on()
        inlet.accept(body(service, clock.at)).durable.result(10)
        if clock.at % 3:  # the sender looks now and then
            drain(plant.world, clock.at)
        run_response(plant.world, clock.at)
    inlet.stop()
    clock.at = START + 480 * HOUR  # beyond whatever was put off
    for _ in range(10):
        clock.at += MINUTE
        run_response(plant.world, clock.at)
        drain(plant.world, clock.at)
    with plant.state.transaction() as tx:
        incidents = tx.list(Incident)
        assert {name for found in incidents for name in services_of(found)} == set(services)
        for found in incidents:
            assert wrongs(found, tx.events(found.key), tx.facts(found.key), apply) == ()
            assert {message.status for message in tx.messages(found.key)} == {"sent"}
    opened = Counter(key for key, action in pager.seen if action == "trigger")
    assert opened == Counter(dict.fromkeys(opened, 1))
    assert len(opened) == len(incidents)
    plant.state.close()

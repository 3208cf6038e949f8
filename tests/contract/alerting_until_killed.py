"""A program that takes alerts in and tells of each once it is answered, until somebody kills it.

It lives as ``accepting_until_killed`` does. Each alert is of a service of its own, so that it makes an
incident and a page.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from threading import Semaphore
from typing import TYPE_CHECKING

from aright.adapters.clocks.wall import WallClock
from aright.adapters.sql.sqlite import SqliteState
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.engine.alert_inlet import AlertInlet
from tests.contract.accepting_until_killed import NOW, live_and_die, told
from tests.unit.engine.failing_shop import Pager
from tests.unit.engine.small_world import small_world

if TYPE_CHECKING:
    from concurrent.futures import Future

STATE = "state.db"


def frame(name: str) -> Frame:
    labels = f'"alertname": "Down", "service": "{name}", "severity": "critical"'
    return Frame(
        kind=Kind.ALERTS,
        format=Format.ALERTS_API,
        encoding=Encoding.IDENTITY,
        received_at=NOW,
        body=f'[{{"labels": {{{labels}}}}}]'.encode(),
    )


def alert_for_ever(folder: Path, life: str) -> None:
    world = small_world(SqliteState(folder / STATE), {"pagerduty": Pager()}, WallClock())
    inlet = AlertInlet(world)
    inlet.start()
    room = Semaphore(16)

    def tell(name: str, durable: Future[int]) -> None:
        told(name, durable.result())
        room.release()

    for number in itertools.count():
        room.acquire()
        name = f"{life}-{number}"
        durable = inlet.accept(frame(name)).durable
        durable.add_done_callback(lambda done, name=name: tell(name, done))  # type: ignore[misc]  # bound at once


if __name__ == "__main__":
    SqliteState(Path(sys.argv[1]) / STATE).close()  # makes the tables once
    live_and_die(Path(sys.argv[1]), alert_for_ever)

"""Alerts: harm opens one incident for a service, a shift alone gives notice, a guard names its incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from aright.core.model.columns import TIME
from aright.core.model.guard import Guard
from aright.engine.happenings import Happenings
from aright.engine.operations import Happening
from aright.engine.respond import guard_alerts, recur, respond
from tests.unit.engine.failing_shop import ALERT, SERVICE, START, Plant

if TYPE_CHECKING:
    from aright.core.model.alert import Alert
    from aright.core.model.incident import Incident

SHIFT = msgspec.structs.replace(
    ALERT, key="shop|feature:size", signal="feature:size", harm=False, at=START + 1
)


def answer(plant: Plant, *alerts: Alert, at: int = START) -> Incident | None:
    with plant.state.transaction() as tx:
        return respond(plant.world, tx, SERVICE, alerts, now=at)


def test_a_shift_alone_is_a_notice() -> None:
    plant = Plant()
    assert answer(plant, SHIFT) is None
    (notice,) = plant.desk.notices(service="shop")
    assert (notice.alert.signal, notice.incident) == ("feature:size", "")
    assert plant.desk.incidents() == []


def test_harm_opens_one_incident_which_later_alerts_join() -> None:
    plant = Plant()
    opened = answer(plant, ALERT)
    assert opened is not None
    more = msgspec.structs.replace(ALERT, key="shop|fallback_share", signal="fallback_share", at=START + 9)
    joined = answer(plant, more, SHIFT, at=START + 9)
    assert joined is not None
    assert joined.key == opened.key == "INC-1"
    assert len(joined.alerts) == 3
    (notice,) = plant.desk.notices()
    assert notice.incident == "INC-1"
    plant.desk.resolve("INC-1", by="ada", confirm="shop")
    later = answer(plant, ALERT, at=START + plant.settings.reopen_for + 1)
    assert later is not None
    assert later.key == "INC-2"
    assert answer(plant) is None


GUARD = Guard(
    key="G-INC-1-1",
    incident="INC-1",
    service="shop",
    kind="source_contract",
    subject="profiles",
    title="profiles must not be empty",
    limits={"null_share:profiles.norm": 0.1},
    min_rows=1,
    created_at=START,
)


def test_without_a_breach_no_guard_speaks() -> None:
    plant = Plant()
    table = pa.table({"time": pa.array([START], TIME), "feat.profiles.norm": pa.array([1.0])})
    assert guard_alerts([GUARD], table, start=START, now=START) == []
    with plant.state.transaction() as tx:
        assert recur(plant.world, tx, SERVICE, [], now=START) is None


def test_a_reader_that_does_not_keep_up_misses_the_oldest() -> None:
    happenings = Happenings()
    listener = happenings.listen()
    for number in range(300):
        happenings.tell(Happening(kind="window", key=f"{number}"))
    heard = [listener.get(0) for _ in range(256)]
    assert heard[0] == Happening(kind="window", key="44")
    assert heard[-1] == Happening(kind="window", key="299")
    assert listener.get(0) is None

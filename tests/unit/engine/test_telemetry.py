"""What an incident's services were seen to do is gathered with that of all they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.calls import CallEdge, edge_key
from aright.core.model.change import Change
from aright.core.model.columns import CATEGORY, TIME
from aright.core.model.frame import Kind
from aright.core.model.signal import SignalPoint
from aright.core.model.times import HOUR, MINUTE
from aright.engine.telemetry import changes_beside, telemetry_of
from tests.unit.engine.failing_shop import SERVICE, START, Plant, hurt

if TYPE_CHECKING:
    from aright.core.diagnose.dependencies.telemetry import Telemetry

NOW = START + HOUR


def calling(*pairs: tuple[str, str]) -> Plant:
    plant = Plant()
    plant.desk.register(SERVICE)
    plant.desk.advance(NOW)
    with plant.world.state.transaction() as tx:
        for caller, callee in pairs:
            tx.put(CallEdge(key=edge_key(caller, callee), service=caller, callee=callee))
    return plant


def gauge(plant: Plant, service: str, name: str, value: float) -> None:
    rows = pa.table(
        {
            "time": pa.array([NOW - MINUTE], pa.int64()).cast(TIME),
            "service": [service],
            "host": pa.array([f"{service}-1"]).cast(CATEGORY),
            "name": pa.array([name]).cast(CATEGORY),
            "value": pa.array([value], pa.float32()),
        }
    )
    plant.world.rows.add(Kind.PROCESS, service, rows)


def told(plant: Plant) -> tuple[Telemetry, set[str]]:
    incident = hurt(plant, diagnosed=False)
    found = telemetry_of(
        plant.world,
        incident,
        current=(NOW - 10 * MINUTE, NOW),
        now=NOW,
        changes=changes_beside(plant.world, incident),
    )
    return found, set(pc.unique(found.metrics["service"]).to_pylist())


def test_services_below_the_one_hit_are_looked_at_and_others_are_not() -> None:
    plant = calling(("shop", "search"), ("search", "index"), ("till", "shop"), ("bank", "vault"))
    for name in ("shop", "search", "index", "till", "vault"):
        gauge(plant, name, "cpu_percent", 9.0)
    found, services = told(plant)
    assert services == {"shop", "search", "index"}
    assert found.calls == (("search", "index"), ("shop", "search"))
    assert found.target == "shop"


def test_a_circle_of_calls_comes_to_an_end() -> None:
    plant = calling(("shop", "search"), ("search", "shop"))
    gauge(plant, "search", "cpu_percent", 9.0)
    assert told(plant)[1] == {"search"}


def test_what_was_worked_out_of_counters_is_there_by_window() -> None:
    plant = calling()
    gauge(plant, "shop", "cpu_percent", 9.0)
    with plant.world.state.transaction() as tx:
        names = ("process:requests", "process:cpu_percent", "quality:click")
        tx.add_points(
            [
                SignalPoint(service="shop", name=name, start=NOW - MINUTE, width=30_000_000, n=2.0, total=1.0)
                for name in names
            ]
        )
    found, _ = told(plant)
    rows = found.metrics.select(["name", "value", "host"]).to_pylist()
    assert [(row["name"], row["value"], row["host"]) for row in rows] == [
        ("cpu_percent", 9.0, "shop-1"),
        ("requests", 0.5, None),
    ]


def test_changes_of_all_these_services_are_told() -> None:
    plant = calling(("shop", "search"))
    with plant.world.state.transaction() as tx:
        for name in ("search", "till"):
            tx.put(Change(key=name, at=NOW - MINUTE, service=name, kind="deploy"))
    found, _ = told(plant)
    assert [each.key for each in found.changes] == ["search"]

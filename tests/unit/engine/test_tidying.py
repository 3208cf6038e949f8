"""Tidying: many small files become one, what is too old goes, and nothing that breaks there matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from aright.adapters.parquet import ParquetSegments, ParquetSettings
from aright.adapters.sql.sqlite import SqliteState
from aright.core.model.bookkeeping import Quarantined
from aright.core.model.columns import TIME
from aright.core.model.frame import Kind
from aright.core.model.signal import SignalPoint
from aright.core.model.times import DAY, MINUTE
from aright.engine.settings import Settings
from aright.engine.tidying import MOST, tidy
from tests.unit.engine.failing_shop import SERVICE, START, STEP, Plant, quick

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOW = 1_000 * DAY


def rows(at: int) -> pa.Table:
    return pa.table({"id": [f"p{at}"], "time": pa.array([at], TIME), "service": ["shop"]})


def point(at: int, name: str = "error_share") -> SignalPoint:
    return SignalPoint(service="shop", name=name, start=at, width=1, n=1.0, total=0.0)


def files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def test_small_files_are_merged_and_old_ones_deleted(tmp_path: Path) -> None:
    segments = ParquetSegments(ParquetSettings(folder=tmp_path, merge_files=4))
    plant = Plant(segments=segments)
    for day in range(1, 41):
        segments.write(Kind.PREDICTIONS, rows(NOW - day * DAY), first=day, last=day + 1)
    tidy(plant.world, 0, NOW)
    assert files(tmp_path) == 30, "thirty days are kept, and nothing that could be cut again is merged"
    tidy(plant.world, 41, NOW)
    assert files(tmp_path) == 1
    kept = plant.world.rows.scan(Kind.PREDICTIONS, "shop", 0, NOW)["id"].to_pylist()
    assert kept == [f"p{NOW - day * DAY}" for day in range(30, 0, -1)]


def test_signal_points_are_kept_for_longer(tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.db")
    plant = Plant(state=state)
    with state.transaction() as tx:
        tx.add_points([point(NOW - day * DAY, name) for day in (1, 399, 401, 800) for name in ("a", "b")])
    tidy(plant.world, 0, NOW)
    with state.transaction() as tx:
        assert [found.start for found in tx.points("shop", start=0, end=NOW)] == [
            NOW - 399 * DAY,
            NOW - 399 * DAY,
            NOW - DAY,
            NOW - DAY,
        ]
        tx.add_points([point(NOW - 500 * DAY, "a")])
        assert len(tx.points("shop", start=0, end=NOW)) == 5, "a stream whose points are gone is still known"
    state.close()


def test_what_anybody_can_send_does_not_grow_for_ever() -> None:
    plant = Plant()
    with plant.state.transaction() as tx:
        for number in range(MOST[Quarantined] + 5):
            tx.put(Quarantined(key=f"{number}", at=number, kind="predictions", count=1, rows=()))
    tidy(plant.world, 0, NOW)
    kept = plant.desk.quarantined(limit=10_000)
    assert (len(kept), kept[-1].key) == (MOST[Quarantined], "5")


def test_what_breaks_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    plant = Plant()

    def broken(_before: int) -> int:
        raise OSError("no space left on device")

    plant.segments.compact = broken  # type: ignore[method-assign, assignment]  # it breaks
    tidy(plant.world, 0, NOW)
    assert "tidying broke" in caplog.text


def test_the_engine_tidies_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr("aright.engine.runtime.tidy", lambda _world, position, _now: told.append(position))
    plant = Plant(settings=msgspec.structs.replace(quick(), tidy_every=MINUTE))
    plant.desk.register(SERVICE)
    for number in range(12):
        plant.step(number)
    assert told[0] == 0
    assert len(told) == 2, "once in the first step, once a minute later"
    assert told[1] > 0, "a committed position"
    plant.desk.advance(START + 20 * STEP)
    assert len(told) == 3


def test_the_defaults_are_a_month_of_rows_and_a_year_of_points() -> None:
    assert (Settings().keep, Settings().keep_points) == (30 * DAY, 400 * DAY)

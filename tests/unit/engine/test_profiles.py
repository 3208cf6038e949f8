"""Profiles as the engine keeps them: with each window, through a crash, and merged as they grow old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from aright.adapters.sql.sqlite import SqliteState
from aright.core.model.service import Service
from aright.core.model.sheet import Sheet
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND
from aright.core.profile import ScaleFrame, encode, profile_column
from aright.core.profile.sheets import pack
from aright.engine.profiles import ProfileView, Wanted, read_profiles
from aright.engine.settings import Settings
from aright.engine.tidying import tidy
from tests.unit.engine.failing_shop import BREAKS, SERVICE, START, STEP, Plant, quick

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aright.core.model.times import Micros

NORTH, SOUTH = Segment("region", "north"), Segment("region", "south")
BROKE = START + BREAKS * STEP
NOW = 1_000 * DAY
NORM = "feat.profiles.norm"


def sheets(plant: Plant, segment: Segment | None = None) -> Sequence[Sheet]:
    with plant.state.transaction() as tx:
        return tx.sheets("shop", start=0, end=2 * NOW * 100, segment=segment)


def asked(
    plant: Plant, *names: str, segment: Segment = ALL, reference: bool = True
) -> dict[str, ProfileView]:
    wanted = Wanted(
        service="shop",
        now=(BROKE, BROKE + 15 * MINUTE),
        reference=(START, BROKE) if reference else None,
        names=names,
        segment=segment,
    )
    return {view.name: view for view in plant.desk.profiles(wanted)}


@pytest.fixture(scope="module")
def failing() -> Plant:
    """Return a shop that failed ten minutes ago."""
    plant = Plant(settings=quick())
    for number in range(BREAKS + 66):
        plant.step(number)
    return plant


def test_the_segment_whose_source_went_empty_shows_it(failing: Plant) -> None:
    view = asked(failing, "profiles.norm", segment=NORTH)[NORM]
    assert view.now is not None
    assert view.reference is not None
    assert view.shift is not None
    assert view.reference.null_share == 0
    assert view.now.null_share is not None
    assert 0.6 < view.now.null_share < 1, "it broke in the middle of a segment's span"
    assert view.shift.p_value is not None
    assert view.shift.p_value < 1e-6
    assert view.shift.method == "nulls"
    assert view.reference.mean == pytest.approx(3, abs=0.2)


def test_other_segments_and_features_show_nothing(failing: Plant) -> None:
    south = asked(failing, segment=SOUTH)
    assert set(south) == {NORM, "feat.basket.size", "latency_ms", "confidence"}
    for view in south.values():
        assert view.now is not None
        assert view.shift is not None
        assert view.now.null_share == (1 if view.name == "confidence" else 0)
        assert view.shift.p_value is not None
        assert view.shift.p_value > 1e-4
    basket = south["feat.basket.size"].now
    assert basket is not None
    assert (basket.least, basket.greatest) == (1, 8)
    assert basket.quantiles["0.5"] == pytest.approx(4.5, abs=1)


def test_all_traffic_is_the_sum_of_its_versions(failing: Plant) -> None:
    whole = asked(failing, NORM, reference=False)[NORM].now
    assert whole is not None
    wanted = Wanted(service="shop", now=(BROKE, BROKE + 15 * MINUTE), names=(NORM,), version="v1")
    of_version = failing.desk.profiles(wanted)[0].now
    as_segment = msgspec.structs.replace(wanted, version=None, segment=Segment("version", "v1"))
    assert of_version == whole == failing.desk.profiles(as_segment)[0].now
    assert whole.n > 2_000
    assert 0.3 < (whole.null_share or 0) < 0.5
    assert list(failing.desk.profiles(msgspec.structs.replace(wanted, version="v2"))) == []


def test_a_profile_is_kept_with_its_window_and_comes_back_after_a_crash() -> None:
    through = Plant(settings=quick())
    crashing = Plant(settings=quick())
    for number in range(100):
        through.step(number)
        crashing.step(number)
        if number in {46, 61, 77}:
            crashing.start()
    mine, theirs = sheets(crashing), sheets(through)
    assert [of(sheet) for sheet in mine] == [of(sheet) for sheet in theirs]
    assert mine == theirs
    assert {sheet.segment.attribute for sheet in mine} == {"", "region", "device"}


def of(sheet: Sheet) -> tuple[Micros, Micros, str]:
    return sheet.start, sheet.width, str(sheet.segment)


def test_none_are_kept_where_they_have_no_room() -> None:
    plant = Plant(settings=msgspec.structs.replace(quick(), profile_bytes=0))
    for number in range(50):
        plant.step(number)
    assert not sheets(plant)


def drawn(start: Micros, width: Micros, seed: int, segment: Segment = ALL) -> tuple[Sheet, pa.Array]:
    values = pa.array(np.random.default_rng(seed).normal(3, 1, 200), pa.float32())
    body = pack({NORM: encode(profile_column(values))})
    return Sheet(service="shop", start=start, width=width, body=body, segment=segment), values


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_old_profiles_are_merged_into_hours_and_days_and_go(kind: str, tmp_path: Path) -> None:
    state = SqliteState(tmp_path / "state.db")
    plant = Plant(state=state) if kind == "sqlite" else Plant()
    old, recent = NOW - 3 * DAY, NOW - HOUR
    kept = [drawn(old + at * 10 * MINUTE, 30 * SECOND, at) for at in range(12)]
    kept += [drawn(NOW - 20 * DAY + at * HOUR, HOUR, 50 + at, NORTH) for at in range(3)]
    kept += [drawn(recent, 30 * SECOND, 90), drawn(NOW - 101 * DAY, DAY, 91)]
    with plant.state.transaction() as tx:
        tx.put(SERVICE)
        tx.add_sheets([sheet for sheet, _ in kept])
    tidy(plant.world, 0, NOW)
    with plant.state.transaction() as tx:
        found = list(tx.sheets("shop", start=0, end=NOW))
    assert [of(sheet) for sheet in found] == [
        (NOW - 20 * DAY, DAY, "region = north"),
        (old, HOUR, "all traffic"),
        (old + HOUR, HOUR, "all traffic"),
        (recent, 30 * SECOND, "all traffic"),
    ]
    view = read_profiles(plant.state, Wanted(service="shop", now=(old, old + DAY)))[0].now
    whole = profile_column(pa.concat_arrays([values for _, values in kept[:12]]))
    assert view is not None
    assert (view.start, view.end, view.n) == (old, old + 2 * HOUR, 2_400)
    assert view.mean == pytest.approx(whole.mean)
    assert view.sd == pytest.approx(whole.sd)
    with plant.state.transaction() as tx:
        tx.add_sheets([drawn(old + MINUTE, 30 * SECOND, 99)[0]])
    tidy(plant.world, 0, NOW)
    again = read_profiles(plant.state, Wanted(service="shop", now=(old, old + DAY)))[0].now
    assert again is not None
    assert again.n == 2_600, "one that came late is added to its hour"
    state.close()


def test_a_profile_belongs_to_the_span_of_its_middle() -> None:
    plant = Plant()
    with plant.state.transaction() as tx:
        tx.add_sheets([drawn(NOW, HOUR, 1)[0]])
    first = Wanted(service="shop", now=(NOW, NOW + 30 * MINUTE))
    assert read_profiles(plant.state, first) == []
    second = msgspec.structs.replace(
        first, now=(NOW + 30 * MINUTE, NOW + HOUR), reference=(NOW, NOW + 30 * MINUTE)
    )
    view = read_profiles(plant.state, second)[0]
    assert (view.reference, view.shift) == (None, None)
    assert view.now is not None
    assert (view.now.start, view.now.end) == (NOW, NOW + HOUR)


def test_a_column_that_changed_its_kind_or_frame_is_not_compared() -> None:
    plant = Plant()
    texts = pack({NORM: encode(profile_column(pa.array(["a", "b", "a", None])))})
    framed = pack({NORM: encode(profile_column(pa.array([1.0]), ScaleFrame(5.0, 1.0)))})
    with plant.state.transaction() as tx:
        tx.add_sheets(
            [
                Sheet(service="shop", start=0, width=10, body=texts),
                drawn(10, 10, 1)[0],
                Sheet(service="shop", start=20, width=10, body=framed),
                Sheet(service="shop", start=30, width=10, body=b"broken"),
            ]
        )
    wanted = Wanted(service="shop", now=(10, 20), reference=(0, 10))
    view = read_profiles(plant.state, wanted)[0]
    assert view.reference is not None
    assert [(top.value, top.count) for top in view.reference.top] == [("a", 2), ("b", 1)]
    assert (view.reference.kind, view.reference.null_share, view.reference.quantiles) == (
        "category",
        0.25,
        {},
    )
    assert view.shift is not None
    assert (view.shift.psi, view.shift.method) == (None, "kind")
    frames = read_profiles(plant.state, msgspec.structs.replace(wanted, reference=(20, 30)))[0].shift
    assert frames is not None
    assert "frame" in frames.problem
    merged = read_profiles(plant.state, Wanted(service="shop", now=(0, 20)))[0].now
    assert merged is not None
    assert (merged.kind, merged.n) == ("number", 200), "the last one says of what kind the column is"
    assert read_profiles(plant.state, Wanted(service="shop", now=(30, 40))) == []


def test_a_sheet_that_cannot_be_read_does_not_stop_the_tidying() -> None:
    plant = Plant()
    with plant.state.transaction() as tx:
        tx.put(Service(key="shop"))
        tx.add_sheets([Sheet(service="shop", start=0, width=10, body=b"broken"), drawn(20, 10, 1)[0]])
    tidy(plant.world, 0, 50 * DAY)
    with plant.state.transaction() as tx:
        assert [sheet.width for sheet in tx.sheets("shop", start=0, end=NOW)] == [DAY]


def test_the_span_of_segments_is_whole_windows_that_a_restart_finds_again() -> None:
    for span, expected in (
        (5 * MINUTE, 5 * MINUTE),
        (DAY, HOUR),
        (SECOND, 30 * SECOND),
        (70 * SECOND, MINUTE),
    ):
        plant = Plant(settings=msgspec.structs.replace(Settings(), profile_span=span))
        plant.send(0)
        plant.desk.advance(START + SECOND)
        profiler = plant.runtime.watches["shop"]._observer._profiler
        assert profiler is not None
        assert profiler._extent.span == expected

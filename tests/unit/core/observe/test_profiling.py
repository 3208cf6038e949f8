"""Profiles of a service's rows: portions merge to the whole, all is bounded, a restart changes nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from aright.core.model.columns import TIME
from aright.core.model.service import Service
from aright.core.model.sheet import OTHERS, Sheet
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import MINUTE, SECOND
from aright.core.observe import profiling
from aright.core.observe.parts import MOST_VERSIONS
from aright.core.observe.profiling import Extent, Profiler
from aright.core.observe.windows import Observer
from aright.core.profile import Profile, ScaleFrame, profile_column
from aright.core.profile.codec import BrokenProfileError, encode
from aright.core.profile.sheets import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.cuts import Cuts

WIDTH = 30 * SECOND
EXTENT = Extent(width=WIDTH, span=2 * MINUTE, bytes_per_day=2**30)
COLUMNS = ("feat.norm", "feat.kind", "score")
NORTH, SOUTH = Segment("region", "north"), Segment("region", "south")


def rows(start: int, many: int = 400, *, versions: int = 1, seed: int = 0) -> pa.Table:
    """Return rows of one window; the north has no norm, and norms are far from zero."""
    random = np.random.default_rng([seed, start])
    north = random.random(many) < 0.25
    norms = [None if of else value for of, value in zip(north, random.normal(10_000, 1, many), strict=True)]
    return pa.table(
        {
            "id": [f"{seed}-{start}-{number}" for number in range(many)],
            "time": pa.array(np.sort(start + random.integers(0, WIDTH, many))).cast(TIME),
            "version": pa.array([f"v{code}" for code in random.integers(0, versions, many)]),
            "attr.region": pa.array(np.where(north, "north", "south")).dictionary_encode(),
            "attr.request": [f"r{start}-{number}" for number in range(many)],
            "feat.norm": pa.array(norms, pa.float32()),
            "feat.kind": pa.array(random.choice(["a", "b", "c"], many)).dictionary_encode(),
            "score": pa.array(random.random(many), pa.float32()),
        }
    )


def taught() -> Cuts:
    """Return what an observer learns of such rows, as if it had been long ago."""
    observer = Observer(Service(key="shop"), WIDTH)
    for window in range(100, 104):
        observer.add(rows(window * WIDTH))
        observer.close(window * WIDTH)
    assert observer.cuts is not None
    return msgspec.structs.replace(observer.cuts, since=0)


def watching(cuts: Cuts | None, extent: Extent = EXTENT) -> Observer:
    return Observer(Service(key="shop"), WIDTH, cuts, Profiler("shop", extent))


def closed(observer: Observer, windows: Iterable[int]) -> list[Sheet]:
    return [sheet for window in windows for sheet in observer.close(window * WIDTH).sheets]


def found(sheets: Iterable[Sheet], segment: Segment = ALL) -> dict[str, Profile]:
    """Return the profiles of a segment, all sheets merged."""
    merged: dict[str, Profile] = {}
    for sheet in sheets:
        if sheet.segment == segment:
            for name, profile in unpack(sheet.body).items():
                merged[name] = merged[name].merge(profile) if name in merged else profile
    return merged


def same(one: Profile, other: Profile) -> None:
    mine, theirs = one.beside(other)
    assert (one.rows, one.nulls, mine.tolist()) == (other.rows, other.nulls, theirs.tolist())
    assert one.mean == pytest.approx(other.mean, nan_ok=True)
    assert one.sd == pytest.approx(other.sd, nan_ok=True)


def test_the_first_rows_teach_the_frames():
    cuts = taught()
    assert set(cuts.frames) == {"feat.norm"}
    assert cuts.frames["feat.norm"] == pytest.approx((10_000, 1.35), abs=0.3)


def test_portions_merge_to_the_profile_of_all_rows():
    cuts = taught()
    parts = [rows(window * WIDTH, versions=2) for window in range(4)]
    observer = watching(cuts)
    for part in parts:
        for start in range(0, part.num_rows, 150):
            observer.add(part.slice(start, 150))
    sheets = closed(observer, range(4))
    whole = pa.concat_tables(parts)
    for segment in (ALL, NORTH, SOUTH):
        its = whole if segment == ALL else whole.filter(pa.compute.equal(whole["attr.region"], segment.value))
        merged = found(sheets, segment)
        assert set(merged) == {*COLUMNS, "latency_ms", "confidence"}
        for name in COLUMNS:
            frame = ScaleFrame(*cuts.frames[name]) if name in cuts.frames else None
            same(merged[name], profile_column(its[name], frame))
    assert found(sheets, NORTH)["feat.norm"].null_share == 1
    assert found(sheets, SOUTH)["feat.norm"].mean == pytest.approx(10_000, abs=0.2)


def test_there_is_a_sheet_for_each_window_and_each_span_of_a_segment():
    observer = watching(taught())
    for window in range(5):
        observer.add(rows(window * WIDTH, versions=2))
    sheets = closed(observer, range(5))
    whole = [(sheet.start // WIDTH, sheet.version) for sheet in sheets if sheet.segment == ALL]
    assert sorted(whole) == [(window, version) for window in range(5) for version in ("v0", "v1")]
    spans = {(sheet.start, sheet.width, sheet.segment.attribute) for sheet in sheets if sheet.segment != ALL}
    assert spans == {(0, 2 * MINUTE, "region")}, "the second span is not over, and requests are no segments"
    assert observer.waits()
    assert closed(observer, range(5, 8))
    assert not observer.waits()


def test_nothing_is_profiled_before_it_is_known_how():
    observer = watching(None)
    for window in range(4):
        observer.add(rows(window * WIDTH))
    sheets = closed(observer, range(4))
    assert [sheet.start for sheet in sheets if sheet.segment == ALL] == [3 * WIDTH]
    assert {sheet.segment for sheet in sheets} == {ALL, NORTH, SOUTH}


def test_shadow_and_late_rows_are_left_out():
    observer = watching(taught())
    shadow = rows(0, seed=1).append_column("arm", pa.array(["shadow"] * 400))
    observer.add(rows(0))
    observer.add(shadow)
    sheets = closed(observer, [0])
    observer.add(rows(0, seed=2))
    sheets += closed(observer, [1, 2, 3])
    assert found(sheets)["score"].rows == 400
    assert found(sheets, SOUTH)["score"].rows + found(sheets, NORTH)["score"].rows == 400


def test_a_restart_changes_nothing():
    cuts = taught()
    through, again = watching(cuts), watching(cuts)
    parts = [rows(window * WIDTH) for window in range(4)]
    for part in parts:
        through.add(part)
    before = closed(through, range(2))
    again.remember(pa.concat_tables(parts[:2]), 2 * WIDTH)
    for part in parts[2:]:
        again.add(part)
    assert closed(again, range(2, 4)) == closed(through, range(2, 4))
    assert before


def test_what_came_before_it_was_known_how_is_not_remembered_either():
    parts = [rows(window * WIDTH) for window in range(4)]
    through = watching(None)
    for part in parts[:3]:
        through.add(part)
    closed(through, range(3))
    again = watching(through.cuts)
    again.remember(pa.concat_tables(parts[:3]), 3 * WIDTH)
    for observer in (through, again):
        observer.add(parts[3])
    assert closed(again, [3]) == closed(through, [3])


def test_after_a_span_that_was_over_nothing_of_it_is_told_again():
    again = watching(taught())
    again.remember(pa.concat_tables([rows(window * WIDTH) for window in range(4)]), 4 * WIDTH)
    assert closed(again, [4]) == []


def test_a_busy_service_is_sampled_whatever_the_order(monkeypatch):
    monkeypatch.setattr(profiling, "SAMPLE", 500)
    cuts = taught()
    parts = [rows(window * WIDTH, 1_000) for window in range(4)]
    one, other = watching(cuts), watching(cuts)
    for part in parts:
        one.add(part)
        other.add(part.take(pa.array(np.arange(999, -1, -1))))
    sheets, turned = closed(one, range(4)), closed(other, range(4))
    counts = [found(of, SOUTH)["feat.kind"].shares() for of in (sheets, turned)]
    assert counts[0] == counts[1]
    share = next(sheet.share for sheet in sheets if sheet.segment == SOUTH)
    sampled = sum(found(sheets, segment)["score"].rows for segment in (NORTH, SOUTH))
    assert 250 < sampled <= 500
    assert math.log2(share).is_integer()
    assert sampled == pytest.approx(4_000 * share, rel=0.2)
    assert found(sheets)["score"].rows == 4_000, "all traffic is counted row by row"


def test_many_rows_of_a_window_are_folded_before_it_closes(monkeypatch):
    cuts = taught()
    whole = watching(cuts)
    whole.add(rows(0, 1_000, versions=2))
    monkeypatch.setattr(profiling, "TOGETHER", 300)
    cut = watching(cuts)
    part = rows(0, 1_000, versions=2)
    for start in range(0, 1_000, 100):
        cut.add(part.slice(start, 100))
    one, other = closed(whole, [0]), closed(cut, [0])
    for name in COLUMNS:
        same(found(one)[name], found(other)[name])


def test_columns_and_segments_without_room_are_left_out_and_counted():
    day = 24 * 60 * MINUTE
    tight = Extent(width=WIDTH, span=2 * MINUTE, bytes_per_day=2 * 1_000 * day // WIDTH)
    observer = watching(taught(), tight)
    for window in range(4):
        observer.add(rows(window * WIDTH))
    sheets = closed(observer, range(4))
    whole = [sheet for sheet in sheets if sheet.segment == ALL]
    assert {sheet.left_out for sheet in whole} == {1}
    assert set(unpack(whole[0].body)) == {"score", "feat.kind", "latency_ms", "confidence"}
    segments = [sheet for sheet in sheets if sheet.segment != ALL]
    assert [sheet.left_out for sheet in segments] == [2 - len(segments)] * len(segments)
    for of in (whole[:1], segments):
        sizes = [len(encode(profile)) for sheet in of for profile in unpack(sheet.body).values()]
        assert sum(sizes) <= tight.room(of[0].width if of else WIDTH)


def test_too_many_segments_and_versions_are_bounded(monkeypatch):
    monkeypatch.setattr(profiling, "MOST_CELLS", 5)
    observer = watching(taught())
    observer.add(rows(0, 2_000, versions=1))
    sheets = closed(observer, range(4))
    assert {sheet.segment for sheet in sheets} == {ALL, SOUTH}, "the largest one has room"
    assert {sheet.left_out for sheet in sheets if sheet.segment == SOUTH} == {1}
    observer.add(rows(4 * WIDTH, 2_000, versions=20))
    versions = {sheet.version for sheet in closed(observer, [4])}
    assert len(versions) == MOST_VERSIONS + 1
    assert OTHERS in versions


def test_a_column_that_is_not_sent_any_more_is_all_null():
    observer = watching(taught())
    observer.add(rows(0).drop_columns(["feat.norm", "version"]))
    profile = found(closed(observer, [0]))["feat.norm"]
    assert (profile.rows, profile.null_share) == (400, 1)


def test_a_column_that_changes_its_kind_keeps_to_the_first(monkeypatch):
    monkeypatch.setattr(profiling, "TOGETHER", 300)
    observer = watching(taught())
    observer.add(rows(0, 300))
    texts = pa.array(["high"] * 300).dictionary_encode()
    observer.add(rows(0, 300, seed=1).set_column(5, "feat.norm", texts))
    profile = found(closed(observer, [0]))["feat.norm"]
    assert (profile.kind, profile.rows) == ("number", 300)


@pytest.mark.parametrize("body", [b"", b"\x01", b"\x05\x00\x00\x00nonsense", b"\xff\xff\xff\xff1234"])
def test_broken_bodies_say_so(body):
    with pytest.raises(BrokenProfileError, match="profile the rows again"):
        unpack(body)


def test_a_body_gives_only_the_columns_asked_for():
    body = pack({"a": encode(profile_column(pa.array([1.0]))), "b": encode(profile_column(pa.array(["x"])))})
    assert set(unpack(body, {"b"})) == {"b"}
    with pytest.raises(BrokenProfileError):
        unpack(body[:-3])

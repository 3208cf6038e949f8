"""One battery for all segments, then what only files can get wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aright.adapters.memory_segments import MemorySegments
from aright.adapters.parquet import ParquetSegments, ParquetSettings
from aright.core.model.columns import CATEGORY, PREDICTION_FIELDS, TIME
from aright.core.model.frame import Kind
from aright.core.model.tables import empty

if TYPE_CHECKING:
    from pathlib import Path

    from aright.ports.segments import Segments

FOREVER = 2**60


def parquet(folder: Path, **settings: int) -> ParquetSegments:
    return ParquetSegments(ParquetSettings(folder=folder / "segments", **settings))


@pytest.fixture(params=["memory", "parquet"])
def segments(request: pytest.FixtureRequest, tmp_path: Path) -> Segments:
    return MemorySegments() if request.param == "memory" else parquet(tmp_path)


def rows(*times: int, service: str = "shop", **columns: pa.Array) -> pa.Table:
    return pa.table(
        {
            "id": [f"{service}-{time}" for time in times],
            "time": pa.array(times, TIME),
            "service": [service] * len(times),
            **columns,
        }
    )


def times(table: pa.Table) -> list[int]:
    found: list[int] = table["time"].cast(pa.int64()).to_pylist()
    return found


def category(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode()


def test_rows_come_back_by_time_within_the_span(segments: Segments) -> None:
    segments.write(Kind.PREDICTIONS, rows(30, 10, 20), first=0, last=5)
    segments.write(Kind.PREDICTIONS, rows(15, 40), first=5, last=9)
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 10, 40)) == [10, 15, 20, 30]
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 11, 20)) == [15]
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 41, 99)) == []


def test_services_and_kinds_are_kept_apart(segments: Segments) -> None:
    both = pa.concat_tables([rows(1, 2), rows(3, service="desk")])
    assert segments.write(Kind.PREDICTIONS, both, first=0, last=1) == 2
    segments.write(Kind.OUTCOMES, rows(9, service="till"), first=1, last=2)
    assert segments.services() == ["desk", "shop", "till"]
    assert times(segments.scan(Kind.PREDICTIONS, "desk", 0, FOREVER)) == [3]
    assert times(segments.scan(Kind.OUTCOMES, "desk", 0, FOREVER)) == []


def test_without_rows_the_fixed_columns_are_there(segments: Segments) -> None:
    nothing = segments.scan(Kind.PREDICTIONS, "nobody", 0, FOREVER)
    assert nothing.num_rows == 0
    assert nothing.column_names == list(PREDICTION_FIELDS)
    assert segments.services() == []
    assert segments.last_position() == 0
    assert segments.write(Kind.PREDICTIONS, empty(Kind.PREDICTIONS), first=0, last=1) == 0


def test_types_survive(segments: Segments) -> None:
    table = rows(
        1,
        2,
        model=category("a", None),
        status=pa.array([200, None], pa.int32()),
        fallback=pa.array([True, None]),
        latency_ms=pa.array([1.5, None], pa.float32()),
        items=pa.array([["x", "y"], None], pa.list_(pa.string())),
        text=pa.array(["héllo", None]),
        **{
            "attr.region": category("north", None),
            "feat.profiles.norm": pa.array([np.nan, 0.5], pa.float64()),
            "feat.size": pa.array([3.0, None], pa.float32()),
            "feat.plan": category(None, "free"),
        },
    )
    segments.write(Kind.PREDICTIONS, table, first=0, last=1)
    read = segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)
    assert read.schema.names == table.schema.names
    assert [field.type for field in read.schema] == [field.type for field in table.schema]
    assert str(read.to_pylist()) == str(table.to_pylist())


def test_columns_are_unified_by_name(segments: Segments) -> None:
    segments.write(Kind.PREDICTIONS, rows(1, **{"attr.a": category("x")}), first=0, last=1)
    segments.write(
        Kind.PREDICTIONS,
        rows(2, model=category("m"), **{"attr.a": category("y"), "feat.b": pa.array([1.0])}),
        first=1,
        last=2,
    )
    read = segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)
    assert read.column_names == ["id", "time", "service", "model", "attr.a", "feat.b"]
    assert read["attr.a"].to_pylist() == ["x", "y"]
    assert read["feat.b"].to_pylist() == [None, 1.0]
    assert read["model"].type == CATEGORY


def test_a_feature_that_changed_its_type_is_read_in_the_commoner_one(segments: Segments) -> None:
    segments.write(Kind.PREDICTIONS, rows(1, 2, **{"feat.a": pa.array([1.0, 2.0])}), first=0, last=1)
    segments.write(Kind.PREDICTIONS, rows(3, **{"feat.a": category("3")}), first=1, last=2)
    assert segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)["feat.a"].to_pylist() == [1.0, 2.0, 3.0]


def test_chosen_columns_in_their_order_and_unknown_ones_left_out(segments: Segments) -> None:
    table = rows(2, 1, **{"feat.p": pa.array([1.0, 2.0]), "feat.p.q": pa.array([3.0, 4.0])})
    segments.write(Kind.PREDICTIONS, table, first=0, last=1)
    read = segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER, columns=["feat.p", "id", "nope"])
    assert read.to_pydict() == {"feat.p": [2.0, 1.0], "id": ["shop-1", "shop-2"]}


def test_the_same_positions_again_change_nothing(segments: Segments) -> None:
    assert segments.write(Kind.PREDICTIONS, rows(1, 2), first=3, last=9) == 1
    assert segments.write(Kind.PREDICTIONS, rows(1, 2), first=3, last=9) == 0
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == [1, 2]
    assert segments.last_position() == 9


def test_cutting_lets_the_log_be_read_again_in_other_portions(segments: Segments) -> None:
    segments.write(Kind.PREDICTIONS, rows(1), first=0, last=5)
    segments.write(Kind.PREDICTIONS, rows(2), first=5, last=9)
    segments.write(Kind.PREDICTIONS, rows(3), first=9, last=12)
    assert segments.cut(5) == 2
    assert segments.last_position() == 5
    segments.write(Kind.PREDICTIONS, rows(2, 3, 4), first=5, last=20)
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == [1, 2, 3, 4]


def test_old_files_are_dropped_whole(segments: Segments) -> None:
    segments.write(Kind.PREDICTIONS, rows(1, 2), first=0, last=1)
    segments.write(Kind.PREDICTIONS, rows(2, 9), first=1, last=2)
    assert segments.drop_before(3) == 1
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == [2, 9]


def test_services_of_the_same_positions_may_be_written_one_by_one(segments: Segments) -> None:
    for service in ("desk", "shop", "desk"):
        segments.write(Kind.PREDICTIONS, rows(1, service=service), first=0, last=7)
    assert times(segments.scan(Kind.PREDICTIONS, "desk", 0, FOREVER)) == [1]
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == [1]


def test_merging_changes_nothing_that_is_read(segments: Segments) -> None:
    for at in range(40):
        service = "desk" if at % 3 else "shop"
        segments.write(Kind.OUTCOMES, rows(99 - at, 7, service=service), first=at, last=at + 1)
    before = [segments.scan(Kind.OUTCOMES, name, 5, 90) for name in ("desk", "shop")]
    segments.compact(38)
    assert [segments.scan(Kind.OUTCOMES, name, 5, 90) for name in ("desk", "shop")] == before
    assert segments.cut(38) == 2
    assert segments.compact(38) == 0


def test_many_services_at_once_are_told_apart(segments: Segments) -> None:
    names = [f"s{number % 50:02d}" for number in range(500)]
    table = pa.table({"time": pa.array(range(500, 0, -1), TIME), "service": names, "id": names})
    assert segments.write(Kind.PREDICTIONS, table, first=0, last=1) == 50
    assert segments.services() == sorted(set(names))
    assert times(segments.scan(Kind.PREDICTIONS, "s07", 0, FOREVER)) == list(range(43, 500, 50))


@pytest.mark.parametrize("name", ["..", "a/b", "ü ö", "%2F", "con", "x" * 80, "s=1"])
def test_any_name_of_a_service_will_do(segments: Segments, name: str) -> None:
    segments.write(Kind.PREDICTIONS, rows(1, service=name), first=0, last=1)
    assert segments.services() == [name]
    assert times(segments.scan(Kind.PREDICTIONS, name, 0, FOREVER)) == [1]


# --- files alone -------------------------------------------------------------------------------------


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    segments = parquet(tmp_path)
    segments.write(Kind.PREDICTIONS, rows(1, 2, service="a/ü"), first=0, last=7)
    again = parquet(tmp_path)
    assert again.services() == ["a/ü"]
    assert again.last_position() == 7
    assert times(again.scan(Kind.PREDICTIONS, "a/ü", 0, FOREVER)) == [1, 2]
    assert again.write(Kind.PREDICTIONS, rows(1, 2, service="a/ü"), first=0, last=7) == 0


def test_floats_have_no_dictionary_and_the_arrow_schema_is_not_stored(tmp_path: Path) -> None:
    table = rows(1, 2, score=pa.array([0.5, 0.5], pa.float32()), model=category("a", "a"))
    parquet(tmp_path).write(Kind.PREDICTIONS, table, first=0, last=1)
    metadata = pq.read_metadata(files(tmp_path)[0])
    assert b"ARROW:schema" not in (metadata.metadata or {})
    columns = [metadata.row_group(0).column(at) for at in range(metadata.num_columns)]
    with_dictionary = {column.path_in_schema for column in columns if column.has_dictionary_page}
    assert with_dictionary == {"service", "model"}


def test_a_file_half_written_at_a_crash_is_cleared_away(tmp_path: Path) -> None:
    segments = parquet(tmp_path)
    segments.write(Kind.PREDICTIONS, rows(1), first=0, last=1)
    whole = files(tmp_path)[0]
    torn = whole.with_name(whole.name.replace("-1.parquet", "-2.parquet.tmp"))
    torn.write_bytes(whole.read_bytes()[:100])
    again = parquet(tmp_path)
    assert files(tmp_path) == [whole]
    assert times(again.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == [1]


def test_a_crash_between_the_files_of_two_services_is_harmless(tmp_path: Path) -> None:
    both = pa.concat_tables([rows(1), rows(2, service="desk")])
    parquet(tmp_path).write(Kind.PREDICTIONS, both, first=0, last=1)
    files(tmp_path)[0].unlink()
    again = parquet(tmp_path)
    assert again.write(Kind.PREDICTIONS, both, first=0, last=1) == 1
    assert again.services() == ["desk", "shop"]


def test_small_files_are_merged_before_a_position(tmp_path: Path) -> None:
    segments = parquet(tmp_path, merge_files=4, small_rows=10)
    for at in range(1, 8):
        segments.write(
            Kind.PREDICTIONS, rows(100 - at, **{f"feat.f{at}": pa.array([1.0])}), first=at, last=at + 1
        )
    assert len(files(tmp_path)) == 7
    assert segments.compact(7) == 6
    assert len(files(tmp_path)) == 2
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == list(range(93, 100))
    again = parquet(tmp_path)
    assert times(again.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == list(range(93, 100))
    assert again.write(Kind.PREDICTIONS, rows(99), first=1, last=2) == 0
    assert again.cut(7) == 1


def test_large_files_are_left_alone_and_part_the_runs(tmp_path: Path) -> None:
    segments = parquet(tmp_path, merge_files=3, small_rows=2)
    for at, count in enumerate([1, 1, 2, 1, 1, 2, 1, 1]):
        segments.write(Kind.PREDICTIONS, rows(*range(at * 10, at * 10 + count)), first=at, last=at + 1)
    assert segments.compact(8) == 0
    assert len(times(segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER))) == 10


def test_a_crash_in_a_merge_leaves_no_row_twice(tmp_path: Path) -> None:
    segments = parquet(tmp_path, merge_files=3, small_rows=10)
    for at in range(2):
        segments.write(Kind.PREDICTIONS, rows(at), first=at, last=at + 1)
    parts = {path: path.read_bytes() for path in files(tmp_path)}
    for at in range(2, 5):
        segments.write(Kind.PREDICTIONS, rows(at), first=at, last=at + 1)
    assert segments.compact(4) == 4
    for path, content in parts.items():  # as if the process had died before it deleted them
        path.write_bytes(content)
    again = parquet(tmp_path)
    assert times(again.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == [0, 1, 2, 3, 4]
    assert not set(parts) & set(files(tmp_path))


@pytest.mark.parametrize("tries", [0, 5])
def test_reading_and_writing_go_on_while_files_are_merged_and_deleted(
    tmp_path: Path, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aright.adapters.parquet.segments._TRIES", tries)  # 0: the reader always loses
    segments = parquet(tmp_path, merge_files=2, small_rows=10)
    for at in range(30):
        segments.write(Kind.PREDICTIONS, rows(at), first=at, last=at + 1)
    done = Event()

    def tidy() -> int:
        gone = 0
        for before in (*range(2, 31, 2), 60):
            gone += segments.compact(before)
        gone += segments.drop_before(0)
        done.set()
        return gone

    with ThreadPoolExecutor(1) as beside:
        tidied = beside.submit(tidy)
        at = 30
        while not done.is_set() or at < 60:
            assert times(segments.scan(Kind.PREDICTIONS, "shop", 0, 30)) == list(range(30))
            if at < 60:
                segments.write(Kind.PREDICTIONS, rows(at), first=at, last=at + 1)
                at += 1
        assert tidied.result() > 10
    assert times(segments.scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == list(range(60))
    assert times(parquet(tmp_path).scan(Kind.PREDICTIONS, "shop", 0, FOREVER)) == list(range(60))


def test_a_service_whose_name_no_folder_can_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too long for a folder"):
        parquet(tmp_path).write(Kind.PREDICTIONS, rows(1, service="ü" * 80), first=0, last=1)

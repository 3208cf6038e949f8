"""One battery for every log, then what only files can get wrong."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.memory_log import MemoryLog
from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings
from aright.adapters.writeahead.files import sync_data
from aright.adapters.writeahead.framing import HEAD
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.ports.log import Log, LogBrokenError, LogFullError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path


def frame(body: bytes, received_at: int = 7) -> Frame:
    return Frame(
        kind=Kind.PREDICTIONS,
        format=Format.NDJSON,
        encoding=Encoding.IDENTITY,
        received_at=received_at,
        body=body,
    )


def write_ahead(folder: Path, **sizes: int) -> WriteAheadLog:
    return WriteAheadLog(WriteAheadSettings(folder=folder, **{"file_bytes": 4_096, **sizes}))


@pytest.fixture(params=["memory", "files"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Log]:
    made: Log = MemoryLog() if request.param == "memory" else write_ahead(tmp_path)
    yield made
    made.close()


def bodies(log: Log, position: int = 0) -> list[bytes]:
    return [read.body for _, read in log.read(position)]


def test_what_was_appended_is_read_in_order_with_the_positions_that_were_told(log: Log) -> None:
    frames = [frame(bytes([65 + n]) * (n + 1), received_at=n) for n in range(30)]
    ends = [log.append(each).result(5) for each in frames]
    assert list(log.read(0)) == list(zip(ends, frames, strict=True))
    assert log.end() == ends[-1]
    assert ends == sorted(set(ends))


def test_an_empty_log_has_nothing(log: Log) -> None:
    assert log.end() == 0
    assert list(log.read(0)) == []


def test_reading_goes_on_from_a_position(log: Log) -> None:
    ends = [log.append(frame(b"%d" % n)).result(5) for n in range(5)]
    assert bodies(log, ends[2]) == [b"3", b"4"]
    assert bodies(log, ends[-1]) == []


def test_every_field_of_a_frame_comes_back(log: Log) -> None:
    odd = Frame(
        kind=Kind.CHANGES,
        format=Format.CLOUDEVENTS,
        encoding=Encoding.ZSTD,
        received_at=-(2**60),
        body=b"\x00" * 9,
    )
    log.append(odd).result(5)
    assert [read for _, read in log.read(0)] == [odd]


def test_released_frames_may_go_and_the_rest_stays(log: Log) -> None:
    ends = [log.append(frame(b"x" * 1_500)).result(5) for _ in range(20)]
    log.release(ends[9])
    assert bodies(log, ends[9]) == [b"x" * 1_500] * 10
    assert [end for end, _ in log.read(ends[9])] == ends[10:]
    assert len(bodies(log)) < 20


def test_reading_sees_what_is_appended_meanwhile(log: Log) -> None:
    log.append(frame(b"a")).result(5)
    reader = log.read(0)
    assert next(reader)[1].body == b"a"
    log.append(frame(b"b")).result(5)
    assert [read.body for _, read in reader] == [b"b"]


def test_a_waiting_sender_that_hangs_up_disturbs_nobody(log: Log) -> None:
    future = log.append(frame(b"a"))
    future.cancel()
    assert future.result(5) == log.end()
    assert log.append(frame(b"b")).result(5) == log.end()


# --- files alone -------------------------------------------------------------------------------------


def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    ends = [log.append(frame(b"%d" % n * 400)).result(5) for n in range(40)]
    log.close()
    again = write_ahead(tmp_path)
    assert [end for end, _ in again.read(0)] == ends
    assert again.append(frame(b"next")).result(5) == ends[-1] + HEAD + 4
    again.close()


def test_a_frame_larger_than_a_file_gets_one_of_its_own(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    for size in (10, 50_000, 10):
        log.append(frame(b"y" * size)).result(5)
    assert [len(body) for body in bodies(log)] == [10, 50_000, 10]
    log.close()
    assert len(list(tmp_path.glob("*.log"))) == 3


def test_released_files_are_written_again(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    ends = [log.append(frame(b"%d" % n * 3_000)).result(5) for n in range(8)]
    log.release(ends[2])
    kept = sorted(path.stat().st_ino for path in tmp_path.glob("*.spare"))
    assert (len(kept), len(list(tmp_path.glob("*.log")))) == (3, 5)
    log.release(ends[5])
    assert len(list(tmp_path.glob("*.spare"))) == 3
    ends += [log.append(frame(b"%d" % n * 3_000)).result(5) for n in range(8, 10)]
    again_used = {path.stat().st_ino for path in tmp_path.glob("*.log")}
    assert len(again_used & set(kept)) == 2
    log.close()
    again = write_ahead(tmp_path)
    assert [end for end, _ in again.read(0)] == ends[6:]
    again.close()


def test_what_stood_in_a_file_before_is_never_taken_for_frames(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    ends = [log.append(frame(b"a" * 100)).result(5) for _ in range(60)]
    log.release(ends[-1])
    assert list(tmp_path.glob("*.spare"))
    while list(tmp_path.glob("*.spare")):  # frames of the same size, at the same places in the file
        ends.append(log.append(frame(b"b" * 100)).result(5))
    log.close()
    again = write_ahead(tmp_path)
    assert again.end() == ends[-1]
    assert bodies(again)[-1] == b"b" * 100
    again.close()


def test_a_large_file_is_not_kept(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    ends = [log.append(frame(b"y" * size)).result(5) for size in (50_000, 10)]
    log.release(ends[0])
    assert list(tmp_path.glob("*.spare")) == []
    log.close()


@settings(deadline=None, max_examples=60)
@given(cut=st.integers(1, 400), garbage=st.binary(max_size=60))
def test_a_torn_tail_is_cut_wherever_it_tears(
    tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    log = write_ahead(folder)
    ends = [log.append(frame(b"%d" % n * 100)).result(5) for n in range(4)]
    log.close()
    path = next(folder.glob("*.log"))
    torn_at = ends[-1] - cut
    whole = [end for end in ends if end <= torn_at]
    with path.open("r+b") as file:
        file.truncate(torn_at)
        file.seek(torn_at)
        file.write(garbage)
    again = write_ahead(folder)
    assert [end for end, _ in again.read(0)] == whole
    end = again.append(frame(b"after")).result(5)
    assert end == (whole[-1] if whole else 0) + HEAD + 5
    assert bodies(again)[-1] == b"after"
    again.close()


def test_frames_behind_a_torn_one_never_come_back(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    first, *_ = (log.append(frame(body * 50)).result(5) for body in (b"a", b"b", b"c"))
    log.close()
    path = next(tmp_path.glob("*.log"))
    with path.open("r+b") as file:
        file.seek(first + HEAD)
        file.write(b"?")  # tears the second, leaves the third whole
    again = write_ahead(tmp_path)
    assert again.end() == first
    again.append(frame(b"B" * 50)).result(5)
    again.close()
    last = write_ahead(tmp_path)
    assert bodies(last) == [b"a" * 50, b"B" * 50]
    last.close()


def test_damage_in_the_middle_is_told_and_not_passed_over(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    for _ in range(3):
        log.append(frame(b"z" * 3_000)).result(5)
    log.close()
    with min(tmp_path.glob("*.log")).open("r+b") as file:
        file.seek(2_000)
        file.write(b"?")
    again = write_ahead(tmp_path)
    with pytest.raises(LogBrokenError, match="damaged at byte 0: restore"):
        list(again.read(0))
    again.close()


def test_only_one_may_open_a_folder(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    with pytest.raises(LogBrokenError, match="another process"):
        write_ahead(tmp_path)
    log.close()
    write_ahead(tmp_path).close()


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LogBrokenError, match=r"cannot open the log .* permissions"):
        write_ahead(tmp_path / "file" / "log")


class Disk:
    """A disk whose syncs a test holds up or breaks."""

    def __init__(self) -> None:
        self.may_go = Event()
        self.reached = Event()
        self.error: OSError | None = None
        self.syncs = 0

    def sync(self, descriptor: int) -> None:
        self.reached.set()
        assert self.may_go.wait(5)
        self.syncs += 1
        if self.error:
            raise self.error
        sync_data(descriptor)


def slow(folder: Path, disk: Disk, **sizes: int) -> WriteAheadLog:
    config = WriteAheadSettings(folder=folder, **{"file_bytes": 1 << 20, **sizes})
    return WriteAheadLog(config, sync=disk.sync)


def test_nothing_is_told_or_read_before_it_is_on_disk(tmp_path: Path) -> None:
    disk = Disk()
    log = slow(tmp_path, disk)
    future = log.append(frame(b"a"))
    assert disk.reached.wait(5)
    assert not future.done()
    assert log.end() == 0
    assert bodies(log) == []
    disk.may_go.set()
    assert future.result(5) == log.end() > 0
    log.close()


def test_all_that_wait_share_one_sync(tmp_path: Path) -> None:
    disk = Disk()
    log = slow(tmp_path, disk)
    first = log.append(frame(b"first"))
    assert disk.reached.wait(5)
    rest = [log.append(frame(b"%d" % n)) for n in range(2_000)]
    disk.may_go.set()
    ends = [future.result(5) for future in (first, *rest)]
    assert ends == sorted(ends)
    assert disk.syncs == 2
    assert len(bodies(log)) == 2_001
    log.close()


def test_a_full_log_refuses_and_takes_again_later(tmp_path: Path) -> None:
    disk = Disk()
    log = slow(tmp_path, disk, waiting_bytes=10_000)
    first = log.append(frame(b"x" * 20_000))  # alone, a body may be larger
    with pytest.raises(LogFullError, match="send again"):
        log.append(frame(b"y"))
    disk.may_go.set()
    first.result(5)
    assert log.append(frame(b"y")).result(5) == log.end()
    log.close()


def test_after_a_failed_sync_nothing_is_acknowledged_any_more(tmp_path: Path) -> None:
    disk = Disk()
    disk.error = OSError(28, "No space left on device")
    log = slow(tmp_path, disk)
    first = log.append(frame(b"a"))
    assert disk.reached.wait(5)
    second = log.append(frame(b"b"))
    disk.may_go.set()
    for future in (first, second):
        with pytest.raises(LogBrokenError, match="No space left"):
            future.result(5)
    with pytest.raises(LogBrokenError, match="No space left"):
        log.append(frame(b"c")).result(5)
    assert log.end() == 0
    log.close()


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    log = write_ahead(tmp_path)
    futures: list[Future[int]] = [log.append(frame(b"%d" % n)) for n in range(50)]
    log.close()
    assert all(future.result(0) for future in futures)
    with pytest.raises(LogBrokenError, match="closed"):
        log.append(frame(b"late")).result(0)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    log = write_ahead(tmp_path / "log")
    log.append(frame(b"private")).result(5)
    log.close()
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "log").iterdir())

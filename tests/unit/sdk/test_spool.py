"""The spool: what is written is read again, by whomever, whatever happened to the file."""

from __future__ import annotations

import fcntl
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.sdk.lanes import Batch, Lane
from aright.sdk.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCOPE = "0123456789abcdef"


class Losses(dict[str, int]):
    def add(self, reason: str, rows: int) -> None:
        self[reason] = self.get(reason, 0) + rows


@pytest.fixture
def losses() -> Losses:
    return Losses()


def open_spool(folder: Path, losses: Losses, limit: int = 1 << 20) -> Spool:
    return Spool(str(folder), SCOPE, limit=limit, lost=losses.add)


def batch(name: str, rows: int = 1, size: int = 10) -> Batch:
    return Batch(Lane.PREDICTION, rows, "", name.encode().ljust(size, b"."))


def drain(spool: Spool) -> Iterator[Batch]:
    while (oldest := spool.oldest()) is not None:
        yield oldest
        spool.settle()


def test_batches_come_back_in_order(tmp_path: Path, losses: Losses) -> None:
    spool = open_spool(tmp_path / "s", losses)
    kept = [
        Batch(Lane.PREDICTION, 3, "zstd", b"one"),
        Batch(Lane.CHANGE, 1, "", b"[]"),
        Batch(Lane.OUTCOME, 2, "gzip", b"three"),
    ]
    assert all(spool.append(each) for each in kept)
    assert spool.rows() == 6
    assert list(drain(spool)) == kept
    assert spool.rows() == 0
    assert not losses
    assert list((tmp_path / "s").iterdir()) == []


def test_only_its_owner_may_read_it(tmp_path: Path, losses: Losses) -> None:
    spool = open_spool(tmp_path / "s", losses)
    spool.append(batch("a"))
    (file,) = (tmp_path / "s").iterdir()
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
    spool.close()


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path, losses: Losses) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "s").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError):
        open_spool(tmp_path / "s", losses)


def test_the_next_one_takes_over_oldest_first(tmp_path: Path, losses: Losses) -> None:
    for names in ("ab", "cd"):
        spool = Spool(str(tmp_path), SCOPE, limit=1 << 20, lost=losses.add)
        waiting = [spool.oldest()]  # what was taken over stays first
        for name in names:
            spool.append(batch(name))
        assert (waiting == [None]) == (names == "ab")
        spool.close()
    spool = open_spool(tmp_path, losses)
    assert spool.recovered == 4
    assert [each.body[:1] for each in drain(spool)] == [b"a", b"b", b"c", b"d"]


def test_a_living_owners_file_is_let_alone(tmp_path: Path, losses: Losses) -> None:
    mine, other = open_spool(tmp_path, losses), open_spool(tmp_path, losses)
    mine.append(batch("a"))
    third = open_spool(tmp_path, losses)
    assert (other.recovered, third.recovered) == (0, 0)
    assert third.oldest() is None
    mine.close()
    assert open_spool(tmp_path, losses).recovered == 1


def test_another_scopes_file_is_let_alone(tmp_path: Path, losses: Losses) -> None:
    other = Spool(str(tmp_path), "another-server", limit=1 << 20, lost=losses.add)
    other.append(batch("a"))
    other.close()
    assert open_spool(tmp_path, losses).recovered == 0


def test_the_oldest_go_when_there_is_no_room(tmp_path: Path, losses: Losses) -> None:
    spool = open_spool(tmp_path, losses, limit=8_000)
    for number in range(50):
        assert spool.append(batch(f"{number:03}", rows=2, size=400))
    kept = [int(each.body[:3]) for each in drain(spool)]
    assert kept == list(range(50 - len(kept), 50))
    assert 10 < len(kept) < 20
    assert losses == {"spool_full": 2 * (50 - len(kept))}
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 8_000


def test_a_batch_larger_than_the_whole_spool_is_counted_as_lost(tmp_path: Path, losses: Losses) -> None:
    spool = open_spool(tmp_path, losses, limit=100)
    assert spool.append(batch("a", rows=3, size=200))
    assert spool.oldest() is None
    assert losses == {"spool_full": 3}


def test_a_torn_tail_costs_the_torn_batch_only(tmp_path: Path, losses: Losses) -> None:
    spool = open_spool(tmp_path / "s", losses)
    for name in ("first", "second"):
        spool.append(batch(name))
    spool.close()
    (file,) = (tmp_path / "s").iterdir()
    whole = file.read_bytes()
    for length in range(len(whole) + 1):
        folder = tmp_path / f"cut-{length}"
        folder.mkdir(mode=0o700)
        (folder / file.name).write_bytes(whole[:length])
        torn = open_spool(folder, losses)
        bodies = [each.body[:1] for each in drain(torn)]
        assert bodies == [b"f", b"s"][: len(bodies)]
        assert len(bodies) == (2 if length == len(whole) else int(length >= 8 + 14 + 10))
        torn.close()
        shutil.rmtree(folder)
    assert not losses


@settings(deadline=None, max_examples=60)
@given(place=st.integers(0, 8 + 3 * 24 - 1), flip=st.integers(1, 255))
def test_a_flipped_byte_never_brings_a_wrong_batch(
    tmp_path_factory: pytest.TempPathFactory, place: int, flip: int
) -> None:
    folder, losses = tmp_path_factory.mktemp("spool"), Losses()
    spool = open_spool(folder, losses)
    kept = [batch(name) for name in "abc"]
    for each in kept:
        spool.append(each)
    spool.close()
    (file,) = folder.iterdir()
    data = bytearray(file.read_bytes())
    data[place] ^= flip
    file.write_bytes(data)
    damaged = open_spool(folder, losses)
    assert all(each in kept for each in drain(damaged))
    damaged.close()


def test_a_full_disk_is_told_and_leaves_the_file_whole(
    tmp_path: Path, losses: Losses, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = open_spool(tmp_path, losses)
    spool.append(batch("a"))
    real = os.pwrite

    def full(descriptor: int, data: bytes, offset: int) -> int:
        real(descriptor, data[:5], offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert not spool.append(batch("b"))
    monkeypatch.setattr(os, "pwrite", real)
    assert spool.append(batch("c"))
    assert [each.body[:1] for each in drain(spool)] == [b"a", b"c"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, losses: Losses) -> None:
    spool = open_spool(tmp_path / "s", losses)
    (tmp_path / "s").rmdir()
    assert not spool.append(batch("a"))


def test_a_file_being_deleted_by_its_owner_is_not_taken(
    tmp_path: Path, losses: Losses, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = open_spool(tmp_path, losses)
    spool.append(batch("a"))
    spool.close()
    real = fcntl.flock

    def gone_meanwhile(descriptor: int, operation: int) -> None:
        for file in tmp_path.iterdir():
            file.unlink()
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", gone_meanwhile)
    assert open_spool(tmp_path, losses).recovered == 0

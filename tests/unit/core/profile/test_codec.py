"""Profiles as bytes: the same after reading, and nothing worse than an error from anything else."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.profile import BrokenProfileError, decode, encode, frame_of, profile_column
from aright.core.profile.categories import LIMIT

RANDOM = np.random.default_rng(4)
FAR = pa.array(RANDOM.normal(1e6, 1, 3_000))
COLUMNS = {
    "numbers": profile_column(pa.array(RANDOM.normal(size=3_000), mask=RANDOM.random(3_000) < 0.1)),
    "framed": profile_column(FAR, frame_of(FAR)),
    "words": profile_column(pa.array(["a", "ü", None])),
    "crowd": profile_column(pa.array([f"id-{number}" for number in range(LIMIT + 1)])),
    "nothing": profile_column(pa.nulls(3)),
    "no rows": profile_column(pa.array([], pa.float32())),
    "much": profile_column(pa.array([1.0] * 70_000)),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_reading_gives_back_what_was_written(name):
    profile = COLUMNS[name]
    read = decode(encode(profile))
    assert encode(read) == encode(profile)
    assert (read.rows, read.nulls, read.kind, read.distinct) == (
        profile.rows,
        profile.nulls,
        profile.kind,
        profile.distinct,
    )
    if profile.valid:
        one, two = read.beside(profile)
        assert one.tolist() == two.tolist()
    assert read.merge(profile).rows == 2 * profile.rows


def test_a_profile_of_many_rows_takes_a_few_kilobytes():
    assert len(encode(profile_column(pa.array(RANDOM.normal(size=200_000))))) < 20_000


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=100)
def test_other_bytes_are_no_profile(data):
    with pytest.raises(BrokenProfileError):
        decode(data)


@pytest.mark.parametrize("name", COLUMNS)
def test_damaged_bytes_are_refused_or_make_a_sound_profile(name):
    good = encode(COLUMNS[name])
    for _ in range(200):
        data = bytearray(good)
        data[RANDOM.integers(0, len(data))] = RANDOM.integers(0, 256)
        try:
            read = decode(bytes(data))
        except BrokenProfileError:
            continue
        assert read.valid == read.rows - read.nulls - read.invalid


def test_a_newer_version_is_said():
    document = msgspec.msgpack.decode(encode(COLUMNS["words"]))
    with pytest.raises(BrokenProfileError, match="version 2"):
        decode(msgspec.msgpack.encode([2, *document[1:]]))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (1, 5),  # rows
        (2, -1),  # nulls
        (3, [None, b"\x01\x00\x00\x00", b"\x01\x01\x01", 0, 0.0, 0.0, 0.0, 0.0, None]),  # keys fall
        (3, [None, b"\x01\x00", b"\x01\x00", 0, 0.0, 0.0, 0.0, 0.0, None]),  # a count of 0
        (3, [None, b"\x01\x00", b"\x03\x01", 0, 0.0, 0.0, 0.0, 0.0, None]),  # an odd width
        (3, [None, b"\x01\x00", b"\x01\x01", -1, 0.0, 0.0, 0.0, 0.0, None]),
        (3, [[0.0, 0.0], b"\x01\x00", b"\x01\x01", 0, 0.0, 0.0, 0.0, 0.0, None]),  # a frame without a scale
        (3, [None, b"\x01\x00", b"\x01\x01", 0, 0.0, 0.0, 0.0, 0.0, [40, b""]]),
        (3, [None, b"\x01\x00", b"\x01\x01", 0, 0.0, 0.0, 0.0, 0.0, [1, b"\xff\xff\xff\xff"]]),
        (4, [["b", "a"], b"\x01\x01\x01", None, None]),
        (4, [["a", "b"], b"\x01\x02", None, None]),
        (4, [["a"], b"\x01\x02", b"\x01\x01", [0, b""]]),  # a tail too short
        (4, [["a"], b"\x01\x02", None, [0, b""]]),
    ],
)
def test_contradictions_are_refused(place, value):
    document = [1, 2, 0, None, None]
    document[place] = value
    with pytest.raises(BrokenProfileError):
        decode(msgspec.msgpack.encode(document))

"""The sample of a window: bounded, and the same in whatever order documents come."""

from __future__ import annotations

import random

import msgspec
import pyarrow as pa

from aright.core.model.columns import CATEGORY, TIME
from aright.core.model.contracts import Endpoint
from aright.core.observe.payloads import Gathered, documents_of

DOCUMENTS = [(1_000 * number, msgspec.json.encode({"n": number})) for number in range(600)]


def test_the_sample_does_not_depend_on_the_order() -> None:
    one, two = Gathered(0), Gathered(0)
    shuffled = DOCUMENTS[:]
    random.Random(1).shuffle(shuffled)
    for first, second in zip(DOCUMENTS, shuffled, strict=True):
        one.add(*first, most=100)
        two.add(*second, most=100)
    assert (one.n, one.waiting, one.size) == (600, 100, two.size)
    assert one.summary() == two.summary()
    assert one.summary().documents == 100


def test_a_sample_may_be_folded_in_between() -> None:
    gathered = Gathered(0)
    for at, body in DOCUMENTS[:50]:
        gathered.add(at, body, most=100)
    gathered.fold()
    assert (gathered.size, gathered.waiting) == (0, 0)
    for at, body in DOCUMENTS[50:60]:
        gathered.add(at, body, most=100)
    assert gathered.summary().documents == 60
    assert Gathered(7).summary().start == 7


def test_a_document_that_is_too_large_is_counted_alone() -> None:
    gathered = Gathered(0)
    gathered.add(1, b'"' + b"x" * (128 << 10) + b'"', most=10)
    assert (gathered.n, gathered.waiting) == (1, 0)


def test_answers_that_are_errors_are_left_out() -> None:
    rows = pa.table(
        {
            "time": pa.array([1, 2, 3, 4], TIME),
            "dependency": pa.array(["a"] * 4).cast(CATEGORY),
            "endpoint": pa.array(["GET /"] * 4).cast(CATEGORY),
            "direction": pa.array(["response", "response", "request", "response"]).cast(CATEGORY),
            "status": pa.array([200, 404, 500, None], pa.int32()),
            "body": pa.array([b"1", b"2", b"3", b"4"], pa.binary()),
        }
    )
    assert [body for _, _, body in documents_of(rows)] == [b"1", b"3", b"4"]


def test_rows_are_told_apart_by_endpoint() -> None:
    rows = pa.table(
        {
            "time": pa.array([1, 2, 3], TIME),
            "dependency": pa.array(["a", "a", "b"]).cast(CATEGORY),
            "endpoint": pa.array(["GET /"] * 3).cast(CATEGORY),
            "direction": pa.array(["response", "request", "response"]).cast(CATEGORY),
            "body": pa.array([b"1", b"2", b"3"], pa.binary()),
        }
    )
    assert list(documents_of(rows)) == [
        (Endpoint("a", "GET /"), 1, b"1"),
        (Endpoint("a", "GET /", "request"), 2, b"2"),
        (Endpoint("b", "GET /"), 3, b"3"),
    ]

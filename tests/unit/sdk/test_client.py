"""The client's calls, seen from the host and from the server."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from fractions import Fraction
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pytest

from aright.sdk import Client, Stats
from tests.unit.sdk.fake_door import TOKEN, FakeDoor

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., Client]

NOW = 1_790_000_000_000_000


def test_a_full_prediction_arrives_as_the_wire_has_it(door: FakeDoor, make_client: Make) -> None:
    client = make_client(model="ranker", version="7", host="web-1", clock=lambda: NOW)
    given = client.prediction(
        id="p1",
        unit="user-1",
        attributes={"region": "eu"},
        features={"basket.size": 3, "basket.sum": 9.5, "returning": True, "coupon": None, "page": "home"},
        items=["a", "b"],
        confidence=0.9,
        latency_ms=12.5,
        status=200,
        fallback=False,
        arm="canary",
        pool="blue",
        trace_id="t1",
    )
    assert client.flush(5)
    assert given == "p1"
    assert door.rows() == [
        {
            "id": "p1",
            "time": NOW,
            "service": "shop",
            "model": "ranker",
            "version": "7",
            "arm": "canary",
            "unit": "user-1",
            "attributes": {"region": "eu"},
            "features": {
                "basket.size": 3,
                "basket.sum": 9.5,
                "returning": True,
                "coupon": None,
                "page": "home",
            },
            "output": {"items": ["a", "b"]},
            "confidence": 0.9,
            "latency_ms": 12.5,
            "status": 200,
            "fallback": False,
            "pool": "blue",
            "host": "web-1",
            "trace_id": "t1",
        }
    ]
    request = door.requests[0]
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/msgpack"
    assert request.headers["User-Agent"].startswith("aright-sdk/")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"score": 0.5}, {"score": 0.5}),
        ({"number": -3}, {"number": -3}),
        ({"label": "cat"}, {"label": "cat"}),
        ({"label": "cat", "score": 0.5}, {"label": "cat", "score": 0.5}),
        ({"text": ""}, {"text": ""}),
        ({"items": []}, {"items": []}),
        ({"items": (n for n in (1, 2))}, {"items": ["1", "2"]}),
        ({"items": "only"}, {"items": ["only"]}),
    ],
)
def test_outputs(door: FakeDoor, make_client: Make, given: dict[str, Any], sent: dict[str, object]) -> None:
    client = make_client()
    client.prediction(**given)
    assert client.flush(5)
    assert [row["output"] for row in door.rows()] == [sent]


def test_what_was_not_given_is_not_sent(door: FakeDoor, make_client: Make) -> None:
    client = make_client(clock=lambda: NOW, host="h")
    given = client.prediction()
    assert client.flush(5)
    assert door.rows() == [{"id": given, "time": NOW, "service": "shop", "host": "h"}]


def test_made_up_ids_differ(make_client: Make) -> None:
    client, other = make_client(), make_client()
    ids = {c.prediction() for c in (client, other) for _ in range(100)}
    assert len(ids) == 200
    assert all(ids)


def test_outcomes_name_an_answer_or_a_unit(door: FakeDoor, make_client: Make) -> None:
    client = make_client(clock=lambda: NOW)
    client.outcome("click", 1.0, prediction_id="p1")
    client.outcome("complaint", unit="user-1", text="not what I like")
    client.outcome("label", prediction_id="p2", label="cat", time=NOW - 5)
    client.outcome("click", 1.0)
    assert client.flush(5)
    assert door.rows("/v1/outcomes") == [
        {"time": NOW, "service": "shop", "kind": "click", "prediction_id": "p1", "value": 1.0},
        {"time": NOW, "service": "shop", "kind": "complaint", "unit": "user-1", "text": "not what I like"},
        {"time": NOW - 5, "service": "shop", "kind": "label", "prediction_id": "p2", "label": "cat"},
    ]
    assert client.stats().dropped == {"incomplete": 1}


def test_a_change_is_a_cloud_event(door: FakeDoor, make_client: Make) -> None:
    client = make_client(clock=lambda: 1_500_000)
    client.change("model_version", "ranker", before="6", after="7", title="ranker 7 is live")
    assert client.flush(5)
    (event,) = door.rows("/v1/changes")
    assert event.pop("id")
    assert event == {
        "specversion": "1.0",
        "source": "/aright/sdk",
        "type": "dev.aright.change.model_version",
        "subject": "shop",
        "time": "1970-01-01T00:00:01.500000Z",
        "datacontenttype": "application/json",
        "data": {
            "service": "shop",
            "what": "ranker",
            "before": "6",
            "after": "7",
            "title": "ranker 7 is live",
        },
    }
    assert door.requests[0].headers["Content-Type"] == "application/cloudevents-batch+json"


def test_a_change_carries_its_diff_as_far_as_it_is_kept(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    client.change("deploy", "ranker", detail="-    k = 3\n+    k = 4\n")
    client.change("deploy", "ranker", detail="ä" * 40_000)
    client.change("deploy", "ranker", detail="\ud800")
    assert client.flush(5)
    short, long, torn = (event["data"]["detail"] for event in door.rows("/v1/changes"))
    assert short == "-    k = 3\n+    k = 4\n"
    assert long == "ä" * 32_768
    assert torn == "?"


def test_measures_are_process_rows(door: FakeDoor, make_client: Make) -> None:
    client = make_client(clock=lambda: NOW, host="web-1", version="7")
    client.measure({"queue.depth": 3}, threads=8, broken=float("nan"))
    assert client.flush(5)
    assert door.rows("/v1/process") == [
        {
            "time": NOW,
            "service": "shop",
            "host": "web-1",
            "version": "7",
            "metrics": {"queue.depth": 3, "threads": 8},
        }
    ]
    assert client.stats().altered == 1


def test_the_hosts_dicts_are_its_own_after_the_call(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    features: dict[str, object] = {"a": 1}
    items = ["x"]
    client.prediction(features=features, items=items)
    features["a"] = 2
    items.append("y")
    assert client.flush(5)
    (row,) = door.rows()
    assert row["features"] == {"a": 1}
    assert row["output"] == {"items": ["x"]}


class Colour(enum.Enum):
    RED = "red"


class Awkward:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__

    def __float__(self) -> float:
        raise RuntimeError("no")

    def __getattr__(self, name: str) -> object:
        raise RuntimeError("no")


def test_values_without_a_form_on_the_wire_are_converted(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    day = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    client.prediction(
        features={
            "f64": np.float64(1.5),
            "f32": np.float32(2.5),
            "i64": np.int64(7),
            "flag": np.bool_(True),
            "decimal": Decimal("1.25"),
            "fraction": Fraction(1, 2),
            "when": day,
            "colour": Colour.RED,
            "uuid": UUID(int=1),
            "when64": np.datetime64("2026-01-02"),
            "lag": np.timedelta64(5, "s"),
            "tuple": (1,),
            "one": np.ones(1),
            "big": 2**70,
            "surrogate": "a\ud800",
            "array": np.zeros(3),
            "list": [1, 2],
            5: "name",  # type: ignore[dict-item]  # a name that is no text, as JSON-minded hosts may have
        },
        attributes={"shard": 3, "premium": True, "none": None, "list": []},
        score=np.float32(0.5),
        latency_ms=float("nan"),
        status=HTTPStatus.OK,
        time=day,
    )
    assert client.flush(5)
    (row,) = door.rows()
    assert row["features"] == {
        "f64": 1.5,
        "f32": 2.5,
        "i64": 7,
        "flag": True,
        "decimal": 1.25,
        "fraction": 0.5,
        "when": "2026-01-02T00:00:00+00:00",
        "colour": "red",
        "uuid": str(UUID(int=1)),
        "when64": "2026-01-02",
        "lag": "5 seconds",
        "big": float(2**70),
        "surrogate": "a?",
        "5": "name",
    }
    assert row["attributes"] == {"shard": "3", "premium": "true"}
    assert row["output"] == {"score": 0.5}
    assert row["status"] == 200
    assert row["time"] == 1_767_312_000_000_000
    assert "latency_ms" not in row
    assert client.stats().altered > 10
    assert client.stats().errors == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.prediction(features={"a": Awkward()}),
        lambda c: c.prediction(features=Awkward()),
        lambda c: c.prediction(id=Awkward(), unit=Awkward(), items=Awkward()),
        lambda c: c.prediction(no_such_argument=1),
        lambda c: c.outcome(Awkward(), prediction_id="p"),
        lambda c: c.outcome(),
        lambda c: c.change(Awkward()),
        lambda c: c.measure(Awkward()),
        lambda c: c.measure(5),
        lambda c: c.flush("soon"),
    ],
)
def test_nothing_is_raised_into_the_host(make_client: Make, call: Callable[[Client], object]) -> None:
    client = make_client()
    call(client)
    stats = client.stats()
    assert stats.errors + stats.altered + sum(stats.dropped.values()) > 0


def test_a_clock_that_fails_costs_the_row_only(make_client: Make) -> None:
    def broken() -> int:
        raise OSError

    client = make_client(clock=broken)
    assert client.prediction(id="p") == ""
    assert client.stats().errors == 1


def test_units_are_hashed_where_there_is_a_key(door: FakeDoor, make_client: Make) -> None:
    client = make_client(unit_key="secret")
    client.prediction(unit="user-1")
    client.outcome("complaint", unit="user-1")
    assert client.flush(5)
    (hashed,) = {row["unit"] for row in door.rows() + door.rows("/v1/outcomes")}
    assert len(hashed) == 32
    assert "user" not in hashed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"url": "", "token": TOKEN, "service": "s"}, "ARIGHT_URL"),
        ({"url": "http://h", "token": "", "service": "s"}, "ARIGHT_TOKEN"),
        ({"url": "http://h", "token": TOKEN, "service": ""}, "ARIGHT_SERVICE"),
        ({"url": "ftp://h", "token": TOKEN, "service": "s"}, "http://"),
        ({"url": "http://me:hunter2@h", "token": TOKEN, "service": "s"}, "more than scheme"),
        ({"url": "http://h:99999", "token": TOKEN, "service": "s"}, "cannot be read"),
        ({"url": "http://h", "token": "two\nlines", "service": "s"}, "line end"),
        ({"url": 5, "token": TOKEN, "service": "s"}, "wrong type"),
        ({"url": "http://h", "token": TOKEN, "service": "s", "flush_seconds": "often"}, "wrong type"),
    ],
)
def test_a_client_that_cannot_work_is_off_and_says_why(
    arguments: dict[str, object],
    told: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ARIGHT_URL", "ARIGHT_TOKEN", "ARIGHT_SERVICE"):
        monkeypatch.delenv(name, raising=False)
    client = Client(**arguments)  # type: ignore[arg-type]  # wrong types are among the cases
    client.prediction(id="p")
    client.outcome("click", prediction_id="p")
    assert client.flush(5)
    client.close()
    assert client.stats() == Stats(dropped={"off": 2})
    assert told in caplog.text
    assert "hunter2" not in caplog.text


def test_url_token_and_service_come_from_the_environment(
    door: FakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARIGHT_URL", door.url)
    monkeypatch.setenv("ARIGHT_TOKEN", TOKEN)
    monkeypatch.setenv("ARIGHT_SERVICE", "search")
    monkeypatch.setenv("ARIGHT_SPOOL_DIR", "")
    client = Client(process_metrics=False)
    client.prediction(id="p")
    assert client.flush(5)
    client.close()
    assert door.rows()[0]["service"] == "search"


def test_a_keyword_that_there_is_not_is_an_error_of_the_call(door: FakeDoor, make_client: Make) -> None:
    client = make_client()
    assert client.prediction(id="a", feature={"x": 1}) == ""  # type: ignore[call-arg]  # that is the point
    client.prediction(id="b", items=(name for name in "xy"), text=None)
    assert client.flush(5)
    assert [(row["id"], row["output"]) for row in door.rows()] == [("b", {"items": ["x", "y"]})]
    assert (client.stats().errors, client.stats().accepted) == (1, 1)


def test_no_secret_is_in_the_repr(make_client: Make) -> None:
    client = make_client(unit_key="hush")
    for shown in (repr(client), repr(client._settings), str(client)):
        assert TOKEN not in shown
        assert "hush" not in shown

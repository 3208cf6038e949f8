"""Profiles over HTTP: what is asked reaches the engine, and what cannot be asked says so."""

from __future__ import annotations

import pytest

from aright.core.model.signal import ALL, Segment
from aright.core.model.times import HOUR
from aright.engine.profiles import ColumnProfile, ProfileView, Shift, Wanted
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web.fake import busy

T = 1_763_892_000_000_000


@pytest.fixture
def operations():
    return busy()


def ask(operations, query):
    return Client(app_of(operations)).ask("GET", f"/v1/profiles?{query}", headers=BEARER)


def test_profiles_come_as_the_engine_tells_them(operations):
    now = ColumnProfile(start=1, end=2, kind="number", n=3, mean=0.5, quantiles={"0.5": 0.4})
    operations.kept_profiles = [ProfileView(name="score", now=now, reference=now, shift=Shift(psi=0.0))]
    answer = ask(operations, "service=shop")
    assert answer.status_code == 200
    (view,) = answer.json()
    assert (view["name"], view["now"]["mean"], view["now"]["sd"]) == ("score", 0.5, None)
    assert view["shift"]["psi"] == 0


def test_all_of_the_query_reaches_the_engine(operations):
    query = f"service=shop&start={T}&end={T + 1}&name=a&name=b&segment=region:north&version=v2"
    ask(operations, f"{query}&reference_start={T - 9}&reference_end={T - 5}")
    assert operations.asked_profiles == [
        Wanted(
            service="shop",
            now=(T, T + 1),
            reference=(T - 9, T - 5),
            names=("a", "b"),
            segment=Segment("region", "north"),
            version="v2",
        )
    ]


@pytest.mark.parametrize(
    ("query", "now", "reference"),
    [
        (f"end={T}", (T - HOUR, T), None),
        (f"end={T}&reference_end={T - 5}", (T - HOUR, T), (T - 5 - HOUR, T - 5)),
        (f"end={T}&start={T - 9}&reference_start={T - 99}", (T - 9, T), (T - 99, T - 9)),
    ],
)
def test_what_is_left_out_is_an_hour_or_what_touches(operations, query, now, reference):
    ask(operations, f"service=shop&{query}")
    assert operations.asked_profiles == [Wanted(service="shop", now=now, reference=reference, segment=ALL)]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "service"),
        ("service=shop&start=5&end=5", "ends before it begins"),
        ("service=shop&reference_start=9&reference_end=8", "reference span"),
        ("service=shop&segment=north", "attribute:value"),
        ("service=shop&reference_end=yesterday", "yesterday"),
        ("service=shop&end=9223372036854775807", "9223372036854775807"),
        ("service=shop&start=--5", "--5"),
    ],
)
def test_what_cannot_be_asked_says_so(operations, query, told):
    answer = ask(operations, query)
    assert answer.status_code == 400
    assert told in answer.text
    assert not operations.asked_profiles

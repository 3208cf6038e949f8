"""Pictures of a cause's features: of who is hit if that is kept, of all traffic if not, escaped and small."""

from __future__ import annotations

import gzip

import msgspec
import pytest

from aright.core.model.signal import ALL
from aright.engine.profiles import ColumnProfile, ProfileView, TopValue
from aright.web.inputs import MOST, inputs_of
from aright.web.pictures.ranges import ranges
from tests.unit.server.client import Client, app_of
from tests.unit.web import example
from tests.unit.web.example_times import NORTH, NOW
from tests.unit.web.fake import FakeOperations, busy

SHARES = ("0.05", "0.25", "0.5", "0.75", "0.95")
NORM = ColumnProfile(
    start=0, end=1, kind="number", n=100, null_share=0.0, quantiles=dict(zip(SHARES, range(5), strict=True))
)
GONE = ColumnProfile(start=0, end=1, kind="empty", n=90, null_share=1.0)
KIND = ColumnProfile(
    start=0, end=1, kind="category", n=10, null_share=0.1, top=(TopValue("<b>", 6), TopValue("c", 2)), other=1
)


@pytest.fixture
def operations() -> FakeOperations:
    made = busy()
    made.kept_profiles = [
        ProfileView(name="feat.profiles.norm", now=GONE, reference=NORM),
        ProfileView(name="feat.profiles.age", now=NORM, reference=NORM),
        ProfileView(name="feat.profiles.kind", now=KIND, reference=None),
        ProfileView(name="feat.profiles.old", now=None, reference=NORM),
    ]
    return made


def test_the_likeliest_causes_features_are_asked_for(operations: FakeOperations) -> None:
    found = inputs_of(operations, example.INCIDENT, NOW)
    (wanted,) = operations.asked_profiles
    assert (found.segment, wanted.segment) == (NORTH, NORTH)
    assert [view.name for view in found.views] == [
        "feat.profiles.norm",
        "feat.profiles.age",
        "feat.profiles.kind",
    ]
    assert wanted.now == (example.INCIDENT.began_at, NOW)
    assert 0 < len(wanted.names) <= MOST
    assert all(name.startswith("feat.") for name in wanted.names)


def test_all_traffic_is_shown_while_the_segments_profiles_are_not_kept(operations: FakeOperations) -> None:
    operations.kept_profiles = []
    assert not inputs_of(operations, example.INCIDENT, NOW).views
    assert [wanted.segment for wanted in operations.asked_profiles] == [NORTH, ALL]


def test_a_segment_that_was_not_there_before_is_drawn_beside_all_traffic(operations: FakeOperations) -> None:
    norm, age = ("feat.profiles.norm", "feat.profiles.age")
    operations.kept_by_segment = {
        NORTH: [ProfileView(name=norm, now=GONE), ProfileView(name=age, now=NORM)],
        ALL: [ProfileView(name=norm, now=NORM, reference=NORM)],
    }
    found = inputs_of(operations, example.INCIDENT, NOW)
    assert (found.segment, found.beside) == (NORTH, ALL)
    assert [(view.now, view.reference) for view in found.views] == [(GONE, NORM), (NORM, None)]
    page = Client(app_of(operations)).enter().get("/incidents/INC-7").text
    assert "it was not there before, so before is all traffic" in page


def test_nothing_is_asked_before_a_diagnosis(operations: FakeOperations) -> None:
    assert not inputs_of(operations, msgspec.structs.replace(example.INCIDENT, diagnosis=None), NOW).views
    assert not inputs_of(operations, example.INCIDENT, example.INCIDENT.began_at).views
    assert not operations.asked_profiles


def test_the_page_has_them(operations: FakeOperations) -> None:
    client = Client(app_of(operations)).enter()
    page = client.get("/incidents/INC-7")
    assert page.status_code == 200
    assert "What it was given" in page.text
    assert "missing 100" in page.text
    assert "<b>" not in page.text.split("What it was given")[1].split("</details>")[0]
    assert len(gzip.compress(page.content)) < 100_000


def test_lanes_share_a_scale_and_say_what_they_show() -> None:
    wide = msgspec.structs.replace(NORM, quantiles=dict(zip(SHARES, (0, 2, 4, 6, 8), strict=True)))
    drawn = str(ranges(NORM, wide))
    assert 'width="50.00%"' in drawn, "nine tenths of before take half of what now takes"
    assert 'aria-label="nine tenths from 0 to 8, median 4"' in drawn
    still = msgspec.structs.replace(NORM, quantiles=dict.fromkeys(SHARES, 3.0))
    assert 'width="0.60%"' in str(ranges(still, None))


def test_values_are_named_with_their_shares() -> None:
    drawn = str(ranges(None, KIND))
    assert "&lt;b&gt; 67\u202f% · c 22\u202f%" in drawn
    assert "no value" in str(ranges(GONE, None))

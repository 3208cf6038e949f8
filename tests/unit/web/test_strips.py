from __future__ import annotations

import msgspec
import pytest

from aright.core.model.evidence import CauseKind, Reach
from aright.core.model.signal import ALL, SignalPoint
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND
from aright.engine.operations import ProcessPoint
from aright.web.strips import gather, hit_segment
from tests.unit.web import example
from tests.unit.web.example_diagnosis import ALERTS, DIAGNOSIS, SCOPE
from tests.unit.web.example_times import BASE, DECLARED, LATER, MITIGATED, NORTH, NOW, ONSET, WIDTH
from tests.unit.web.fake import busy, empty


def test_the_hit_segment_stands_out_and_quality_comes_first():
    strips = gather(busy(), example.INCIDENT, example.SERVICE, NOW)
    first = strips.panels[0]

    assert [(line.label, line.role) for line in first.lines] == [
        ("region = north", "hit"),
        ("all traffic", "all"),
    ]
    assert first.key == "quality:click"
    assert first.baseline == pytest.approx(0.312)
    assert first.band is not None
    low, high = first.band
    assert low < 0.312 < high
    assert first.now is not None
    assert first.now < low


def test_a_broken_contract_and_the_other_services_hit_have_panels_of_their_own():
    own = example.INCIDENT.service
    contract = msgspec.structs.replace(
        DIAGNOSIS.causes[0], kind=CauseKind.CONTRACT, subject="rates.example GET /v1", service=own
    )
    found = msgspec.structs.replace(DIAGNOSIS, causes=(contract,))
    other = msgspec.structs.replace(
        ALERTS[0], key="k2", service="chat", signal="calls:error_share", segment=ALL
    )
    incident = msgspec.structs.replace(example.INCIDENT, diagnosis=found, alerts=(*ALERTS, other))
    operations = busy()
    for service, name in ((own, "contract:rates.example GET /v1"), ("chat", "calls:error_share")):
        operations.kept_points += [
            SignalPoint(service=service, name=name, start=at, width=WIDTH, n=10.0, total=5.0)
            for at in range(ONSET, ONSET + 4 * WIDTH, WIDTH)
        ]
    titles = [panel.title for panel in gather(operations, incident, example.SERVICE, NOW).panels]
    assert "Broken documents of rates.example GET /v1" in titles
    assert "chat: error share" in titles


def test_before_the_onset_is_as_long_as_the_incident_and_ends_now():
    strips = gather(busy(), example.INCIDENT, example.SERVICE, NOW)

    assert strips.start == ONSET - 15 * MINUTE
    assert strips.end >= NOW
    assert [mark.kind for mark in strips.marks] == ["onset", "declared"]
    over = gather(busy(resolved=True), example.RESOLVED, example.SERVICE, LATER)
    assert [mark.at for mark in over.marks] == [ONSET, DECLARED, MITIGATED, example.RESOLVED.resolved_at]
    assert [mark.number for mark in over.marks] == [1, 2, 3, 4]


def test_a_change_within_sight_is_marked():
    operations = busy()
    close = msgspec.structs.replace(example.CHANGES[0], at=ONSET - MINUTE, title="")
    operations.kept_changes = [close, msgspec.structs.replace(close, at=ONSET - DAY)]

    marks = gather(operations, example.INCIDENT, example.SERVICE, NOW).marks
    assert (marks[0].kind, marks[0].text) == ("change", "deploy: 2026.47")
    assert len(marks) == 3


def test_windows_merge_by_sum_when_there_are_many():
    """Each point shown is the mean over all units of its windows, not a mean of the windows' means."""
    operations = empty()
    began = BASE - 10 * DAY
    incident = msgspec.structs.replace(
        example.INCIDENT, began_at=began, opened_at=began, diagnosis=None, alerts=(ALERTS[0],)
    )
    sizes = (1.0, 99.0)
    operations.kept_points = [
        SignalPoint(
            service="ranker",
            name="quality:click",
            start=began + i * HOUR,
            width=WIDTH,
            n=sizes[i % 2],
            total=sizes[i % 2] * (i % 2),
            segment=ALL,
        )
        for i in range(240)
    ]
    strips = gather(operations, incident, None, BASE)

    assert len(strips.times) <= 240
    assert strips.step % WIDTH == 0
    shown = [value for value in strips.panels[0].lines[0].values if value is not None]
    total = sum(point.total for point in operations.kept_points) / sum(p.n for p in operations.kept_points)
    assert min(shown) <= total <= max(shown)
    assert [value for value in shown if 0 < value < 0.98] == []


def test_gaps_stay_gaps_and_numbers_that_are_none_are_left_out():
    operations = empty()
    operations.kept_points = [
        SignalPoint(
            service="ranker", name="fallback_share", start=BASE + k * WIDTH, width=WIDTH, n=n, total=t
        )
        for k, n, t in ((0, 10, 1.0), (1, 0, 0.0), (3, 10, float("nan")), (4, 10, 2.0))
    ]
    operations.kept_process = [ProcessPoint(name="cpu_percent", start=BASE, mean=float("inf"), top=1.0)]
    incident = msgspec.structs.replace(example.INCIDENT, diagnosis=None, alerts=(ALERTS[2],))
    (panel,) = gather(operations, incident, None, NOW).panels

    values = panel.lines[0].values
    assert [value for value in values if value is not None] == [0.1, 0.2]
    assert panel.band is not None or panel.baseline is not None


def test_versions_are_not_mixed_into_the_whole():
    operations = empty()
    point = SignalPoint(service="ranker", name="fallback_share", start=BASE, width=WIDTH, n=10, total=1.0)
    operations.kept_points = [point, msgspec.structs.replace(point, version="7", total=9.0)]
    incident = msgspec.structs.replace(example.INCIDENT, diagnosis=None, alerts=(ALERTS[2],))

    (panel,) = gather(operations, incident, None, NOW).panels
    assert panel.now == pytest.approx(0.1)


def test_an_incident_without_data_has_no_panels():
    strips = gather(empty(), example.YOUNG, None, NOW)

    assert strips.panels == ()
    assert strips.end - strips.start >= 5 * MINUTE
    assert len(strips.times) >= 2


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (0.4, 0.41), (0.01, 0.3), (-5.0, 3.0), (0.9, 1.0)])
def test_an_axis_holds_all_that_is_on_it(low, high):
    operations = empty()
    operations.kept_points = [
        SignalPoint(
            service="ranker", name="fallback_share", start=ONSET + i * WIDTH, width=WIDTH, n=1, total=t
        )
        for i, t in enumerate((low, high, low))
    ]
    incident = msgspec.structs.replace(example.INCIDENT, diagnosis=None, alerts=(ALERTS[2],))
    (panel,) = gather(operations, incident, None, NOW).panels

    assert panel.low <= low <= high <= panel.high
    assert panel.low < panel.high


def test_the_segment_is_the_diagnosis_word_before_the_alerts():
    assert hit_segment(example.INCIDENT) == NORTH
    scope = msgspec.structs.replace(SCOPE, reach=Reach.GLOBAL)
    everyone = msgspec.structs.replace(DIAGNOSIS, scope=scope)
    assert hit_segment(msgspec.structs.replace(example.INCIDENT, diagnosis=everyone)) == ALL
    assert hit_segment(msgspec.structs.replace(example.INCIDENT, diagnosis=None)) == NORTH
    assert hit_segment(msgspec.structs.replace(example.INCIDENT, diagnosis=None, alerts=())) == ALL


def test_clocks_that_disagree_do_no_harm():
    late = msgspec.structs.replace(example.INCIDENT, began_at=NOW + 5 * SECOND, opened_at=NOW - MINUTE)

    strips = gather(busy(), late, example.SERVICE, NOW)
    assert strips.end > strips.start

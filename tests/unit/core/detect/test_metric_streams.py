"""Service metrics judged together: quiet on healthy ones of many laws, loud on leaks, in words."""

from __future__ import annotations

import numpy as np
import pytest

from aright.core.detect import Detector, Settings
from aright.core.detect.metric_streams import MOST_METRICS, MetricStreams
from aright.core.model.signal import Bad, SignalKind
from tests.unit.core.detect.metric_laws import DAY, HEALTHY, WIDTH, collected, leaking, told, window
from tests.unit.core.detect.simulation import healthy, point


def kind_of(name: str) -> SignalKind:
    return SignalKind(name=name, title=name, bad=Bad.BOTH, harm=name == "process:paged_bytes")


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_metrics_unlike_those_tuned_on_are_quiet(name):
    values = HEALTHY[name](np.random.default_rng([7, len(name)]), DAY + 400)
    assert told(name, values) == []


@pytest.mark.parametrize("leak", [1.5, 0.25, 0.05])
def test_a_leak_from_the_start_is_told_within_a_day(leak):
    found = told("rss_bytes", leaking(np.random.default_rng(1), DAY, leak))
    assert [kind for _, kind, _ in found] == ["leak"]
    assert "grows by" in found[0][2]


def test_a_leak_that_begins_later_is_told_within_hours_and_foretells_the_limit():
    values = leaking(np.random.default_rng(2), int(2.3 * DAY), 1.5, since=2 * DAY)
    found = told("rss_bytes", values, memory_limit_bytes=4.0 * 2**30)
    leaks = [(row, text) for row, kind, text in found if kind == "leak"]
    assert len(leaks) == 1
    assert 2 * DAY < leaks[0][0] < 2 * DAY + 4 * 120
    assert "MiB per minute since" in leaks[0][1]
    assert "the 4 GiB limit is reached in" in leaks[0][1]


def test_a_leak_beneath_a_daily_wave_is_told_once():
    values = leaking(np.random.default_rng(3), int(3.2 * DAY), 0.2, day=60.0)
    assert [kind for _, kind, _ in told("rss_bytes", values)] == ["leak"]


def test_a_leak_beneath_a_collector_is_told():
    values = collected(np.random.default_rng(4), 2 * DAY, leak=0.25)
    assert "leak" in [kind for _, kind, _ in told("heap_bytes", values)]


def test_a_level_and_a_spike_are_told_in_words():
    random = np.random.default_rng(5)
    values = random.normal(40, 1, 2_400)
    values[2_000:] += 12
    found = told("threads", values)
    assert {kind for _, kind, _ in found} == {"spike", "level"}
    assert any("rose from 40" in text and "stays there since" in text for _, _, text in found)
    assert any(text.startswith("threads jumped to 5") for _, _, text in found)


def test_a_counter_is_judged_by_its_increase():
    random = np.random.default_rng(6)
    rates = random.poisson(300, 2_000)
    rates[1_900:] = 3_000
    counted = rates.cumsum()
    counted[1_000:] -= counted[999]  # the process began anew
    found = told("requests_total", counted)
    assert found
    assert found[0][0] >= 1_900
    assert found[0][2].startswith("requests_total jumped to 100/s")


def test_whether_a_count_is_a_counter_is_seen():
    random = np.random.default_rng(8)
    streams = MetricStreams()
    for row in range(200):
        values = {"served.count": float(10 * row), "thread.count": float(random.integers(30, 40))}
        streams.take(window(row, {**values, "uptime_seconds": float(row)}))
    trials = {trial.metric for trial in streams.trials()}
    assert trials == {"served.count", "thread.count"}
    assert len([trial for trial in streams.trials() if trial.metric == "served.count"]) == 1


def test_a_metric_at_its_limit_is_told_and_one_over_it_has_none():
    values = np.where(np.arange(400) < 300, 50.0, 99.0)
    found = told("memory_percent", values, needed=np.inf)
    assert [(row, kind) for row, kind, _ in found] == [(309, "saturation")]
    assert "at its limit of 100 %" in found[0][2]
    assert not told("cpu_percent", 4 * values, needed=np.inf)


def test_room_is_bounded_and_made_when_a_metric_is_gone():
    streams = MetricStreams()
    names = [f"m{number}" for number in range(MOST_METRICS + 4)]
    streams.take(window(0, dict.fromkeys(names, 1.0)))
    assert streams.left_out == 4
    streams.take(window(2 * DAY, {"new": 1.0}))
    assert streams.left_out == 0


def test_metrics_share_the_budget_of_a_service_and_page_where_asked():
    judge = Detector(Settings(kind_of=kind_of))
    random, alerts = np.random.default_rng(9), []
    for row in range(900):
        high = 3.0 if row >= 880 else 1.0
        values = {"paged_bytes": high * random.normal(100, 1), "told_bytes": high * random.normal(100, 1)}
        points = [*window(row, values), point("share", row, 300, float(random.binomial(300, 0.1)))]
        alerts += judge.update(points, now=(row + 1) * WIDTH, quiet=False)
    by_signal = {alert.signal: alert for alert in alerts}
    assert by_signal["process:paged_bytes"].harm
    assert not by_signal["process:told_bytes"].harm
    assert "e-d-BH, 1 false a month accepted" in by_signal["process:paged_bytes"].rule
    assert by_signal["process:told_bytes"].log_e >= by_signal["process:told_bytes"].threshold
    assert by_signal["process:told_bytes"].key == "s/all/process:told_bytes/spike"


def test_what_metrics_did_in_an_incident_is_not_learned():
    judge, random = Detector(Settings(kind_of=kind_of)), np.random.default_rng(10)
    told_at = []
    for row in range(1_200):
        broken = 800 <= row < 830 or row >= 1_100
        points = window(row, {"told_bytes": (3.0 if broken else 1.0) * random.normal(100, 1)})
        quiet = 805 <= row < 840
        told_at += [row for alert in judge.update(points, now=0, quiet=quiet) if "spike" in alert.key]
    assert [row // 100 for row in told_at] == [8, 11]


def test_shares_alone_are_judged_as_before():
    judge = Detector(Settings(kind_of=kind_of))
    for row, points in enumerate(healthy(3, 60, "independent")):
        assert judge.update(points, now=row, quiet=False) == []

"""Faults read from telemetry: signs, ramps, where and when it began."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.diagnose.mechanism.modes import Mode
from aright.core.diagnose.mechanism.ramps import ramp_of
from aright.core.diagnose.mechanism.reading import fault_of
from aright.core.diagnose.mechanism.saying import signs_of
from aright.core.model.columns import LOG_FIELDS, PROCESS_FIELDS, SPAN_FIELDS
from aright.core.model.evidence import Suspect
from aright.core.model.times import MINUTE, SECOND

START, NOW, END = 0, 60 * MINUTE, 80 * MINUTE


def table(fields, rows):
    columns = {name: [row.get(name) for row in rows] for name in fields}
    return pa.table(
        {
            name: pa.array(columns[name], pa.int64()).cast(kind)
            if name == "time"
            else pa.array(columns[name], kind)
            for name, kind in fields.items()
        }
    )


def logs(*rows):
    return table(
        LOG_FIELDS,
        [dict(zip(("time", "service", "severity", "body", "attributes"), row, strict=False)) for row in rows],
    )


def spans(*rows):
    names = ("time", "service", "trace_id", "id", "parent_id", "status", "message")
    return table(
        SPAN_FIELDS,
        [
            {"name": "GET", "kind": "server", "duration_ms": 1.0, **dict(zip(names, row, strict=True))}
            for row in rows
        ],
    )


def metric(service, name, values, start=START):
    return [
        {"time": start + at * MINUTE, "service": service, "name": name, "value": float(value)}
        for at, value in enumerate(values)
    ]


def telemetry(**told):
    return Telemetry(
        **{"at": 75 * MINUTE, "reference": (START, NOW), "current": (NOW, END), "target": "web", **told}
    )


def burst(text, service="shop", severity=17, start=70, count=9, **told):
    attributes = json.dumps(told).encode() if told else None
    return [(start * MINUTE + at * 20 * SECOND, service, severity, text, attributes) for at in range(count)]


def served(service="shop"):
    return [(at * MINUTE, service, 9, f"served {at}") for at in range(80)]


def test_what_is_said_since_is_a_sign_and_what_was_always_said_is_not():
    found = signs_of(telemetry(logs=logs(*served(), *burst("KeyError: 'a'", stack="a.py:3 f"))))

    (sign,) = found.signs
    assert (sign.service, sign.at, sign.count) == ("shop", 70 * MINUTE, 9)
    assert sign.text == "KeyError: 'a'; stack=a.py:3 f"
    assert Mode.MISSING in sign.modes
    assert found.healthy == ("served 0",)


def test_what_is_said_more_often_has_its_onset_where_it_rose():
    rare = [(at * 10 * MINUTE, "shop", 17, "request timed out") for at in range(8)]
    (sign,) = signs_of(telemetry(logs=logs(*rare, *burst("request timed out", count=20)))).signs

    assert 69 * MINUTE <= sign.at <= 71 * MINUTE


def test_news_that_are_no_failure_are_no_sign():
    told = (*burst("cache was filled", severity=9), (65 * MINUTE, "shop", 13, "a cold start"))

    assert signs_of(telemetry(logs=logs(*told))).signs == ()


def test_severity_may_be_unknown_and_an_error_without_known_words_is_one():
    told = (*burst("no route to host", severity=0), *burst("hm", count=2, service="web"))
    first, second = signs_of(telemetry(logs=logs(*told))).signs

    assert {first.modes, second.modes} == {frozenset({Mode.CONNECT}), frozenset({Mode.OTHER})}


def test_one_identifier_in_all_lines_is_told():
    same = burst("bad record_id=r-17 offset=5")
    each = [(70 * MINUTE + at, "web", 17, f"bad row id={at}x") for at in range(9)]
    found = {sign.service: sign.fixed for sign in signs_of(telemetry(logs=logs(*same, *each))).signs}

    assert found == {"shop": "record_id r-17", "web": ""}
    assert signs_of(telemetry(logs=logs(*same[:4]))).signs[0].fixed == ""


def test_failed_spans_speak_and_tell_who_calls_whom():
    told = spans(
        (70 * MINUTE, "web", "t", "a", None, "error", "upstream failed"),
        (70 * MINUTE, "shop", "t", "b", "a", "error", "KeyError"),
        (70 * MINUTE, "shop", "t", "c", "b", "ok", None),
        (71 * MINUTE, "shop", "u", "d", "gone", "error", None),
    )
    found = fault_of(telemetry(spans=told))

    assert found.calls == {("web", "shop")}
    assert found.first == {"shop": 1.0}
    assert {each.text for each in found.signs} == {"upstream failed", "KeyError"}


def test_columns_that_no_span_has_are_null_in_all_of_them():
    told = spans((70 * MINUTE, "web", "t", "a", None, "error", "upstream failed")).drop_columns("attributes")
    assert {each.text for each in fault_of(telemetry(spans=told)).signs} == {"upstream failed"}
    for gone in ("message", "status"):
        assert not fault_of(telemetry(spans=told.drop_columns(gone))).signs


def test_errors_that_name_a_service_tell_who_calls_whom():
    told = logs(*burst("call to shop failed: upstream 500", service="web"), *burst("KeyError: 'a'"))

    assert fault_of(telemetry(logs=told)).calls == {("web", "shop")}


def test_a_fault_begins_as_deep_as_somebody_fails_in_its_own_words():
    calls = (("web", "gate"), ("gate", "shop"), ("shop", "stock"))
    told = logs(
        *burst("upstream returned 500", service="gate", start=69),
        *burst("KeyError: 'a'", start=70),
        *burst("disk full", service="mail", start=61),
    )
    found = fault_of(telemetry(logs=told, calls=calls))

    assert (found.first, found.at, found.slack) == ({"shop": 1.0}, 70 * MINUTE, 0)


def test_without_a_target_it_begins_where_it_was_first_said():
    told = logs(*burst("KeyError: 'a'", start=71), *burst("disk full", service="mail", start=68))

    assert fault_of(telemetry(logs=told, target="")).first == {"mail": 1.0}
    assert fault_of(telemetry(target="")).first == {}


def test_suspects_of_others_are_believed():
    told = logs(*burst("KeyError: 'a'"), *burst("disk full", service="mail", start=68))
    found = fault_of(telemetry(logs=told), [Suspect(service="shop", probability=0.7)])

    assert (found.first, found.at) == ({"shop": 0.7}, 70 * MINUTE)


def test_suspects_of_others_stand_beside_who_fails_in_its_own_words():
    told = logs(*burst("KeyError: 'a'", service="web"), *burst("disk full", service="mail", start=68))
    first = fault_of(telemetry(logs=told), [Suspect(service="mail", probability=0.5)]).first

    assert first == pytest.approx({"mail": 0.2, "web": 0.6})


def test_a_stray_line_long_before_is_no_onset():
    told = logs((61 * MINUTE, "shop", 17, "read timed out"), *burst("KeyError: 'a'", count=20))

    assert fault_of(telemetry(logs=told, target="shop")).at == 70 * MINUTE


def test_durations_tell_where_nothing_is_said():
    noise = np.random.default_rng(3).normal(0.0, 1.0, 80)
    rows = metric("shop", "latency_ms_p99", 50.0 + noise + 400.0 * (np.arange(80) >= 70))
    found = fault_of(telemetry(metrics=table(PROCESS_FIELDS, rows), calls=(("web", "shop"),)))

    assert found.first == {"shop": 1.0}
    assert (found.at, found.movements[0].mode) == (70 * MINUTE, Mode.SLOW)


def test_nothing_known_means_the_alarms_time():
    found = fault_of(telemetry())

    assert (found.at, found.first, found.signs) == (75 * MINUTE, {"web": 1.0}, ())


def test_what_grows_steadily_is_a_ramp_with_its_beginning():
    noise = np.random.default_rng(3).normal(0.0, 1.0, 80)
    grown = noise + 3.0 * np.clip(np.arange(80) - 30, 0, None)
    rows = [
        *metric("shop", "rss_bytes", 200.0 + grown),
        *metric("shop", "open_files", 20.0 + grown),
        *metric("shop", "latency_ms", 20.0 + grown),
        *metric("web", "rss_bytes", 200.0 + noise),
    ]
    ramps = [each for each in fault_of(telemetry(metrics=table(PROCESS_FIELDS, rows))).movements if each.ramp]

    assert [(each.service, each.name, each.mode) for each in ramps] == [
        ("shop", "rss_bytes", Mode.MEMORY),
        ("shop", "open_files", Mode.EXHAUSTED),
    ]
    assert all(abs(each.at - 30 * MINUTE) <= 2 * MINUTE for each in ramps)


SERIES = {
    "too short": np.arange(10.0),
    "still": np.full(80, 3.0),
    "peak at once": np.arange(80.0, 0.0, -1.0),
    "step": np.where(np.arange(80) < 40, 1.0, 9.0),
    "noise": np.random.default_rng(1).normal(0.0, 1.0, 80),
}


@pytest.mark.parametrize("name", SERIES)
def test_what_is_no_ramp_is_none(name):
    values = SERIES[name]

    assert ramp_of(np.arange(len(values)) * MINUTE, values) is None


def test_a_long_ramp_is_found_in_gaps_and_fine_samples():
    steps = np.arange(2_000)
    values = 50.0 + 0.1 * np.clip(steps - 700, 0, None) + np.random.default_rng(5).normal(0.0, 1.0, 2_000)
    values[::9] = np.nan
    found = ramp_of(steps * 5 * SECOND, values)

    assert found is not None
    assert abs(found.at - 700 * 5 * SECOND) <= max(found.slack, 60 * 5 * SECOND)


def test_many_lines_and_broken_attributes_are_no_harm():
    told = [(70 * MINUTE, "shop", 17, "KeyError", b"{"), (70 * MINUTE, "shop", 17, None, b"[1]")]

    assert [each.text for each in signs_of(telemetry(logs=logs(*told))).signs if each.text] == ["KeyError"]

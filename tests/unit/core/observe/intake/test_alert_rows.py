"""Alerts of Prometheus, Alertmanager and Grafana: what is read, what is refused, what a repeat changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.codec import encode
from aright.core.model.foreign_alert import ForeignAlert, family_key, merged
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.times import MINUTE
from aright.core.observe.intake.alert_rows import fingerprint
from aright.core.observe.intake.read import read
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from aright.core.observe.intake.read import Intake

NOW = 1_767_225_660_000_000  # 2026-01-01T00:01:00Z


def take(body: object, form: Format = Format.ALERTS_API, *, at: int = NOW) -> Intake:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    frame = Frame(kind=Kind.ALERTS, format=form, encoding=Encoding.IDENTITY, received_at=at, body=raw)
    return read(frame, limit_bytes=1 << 24)


def alert(**changes: Any) -> dict[str, Any]:
    made = {
        "labels": {"alertname": "Slow", "service": "shop", "severity": "critical"},
        "annotations": {"summary": "p99 is 3 s"},
        "startsAt": "2026-01-01T00:00:00.123456789Z",
        "endsAt": "2026-01-01T00:04:00Z",
        "generatorURL": "http://prometheus.example/graph?g0.expr=up",
    }
    return made | changes


def only(found: Intake) -> ForeignAlert:
    (document,) = found.documents
    assert isinstance(document, ForeignAlert)
    return document


def test_prometheus_array_is_read():
    found = only(take([alert()]))
    assert (found.name, found.severity, found.summary, found.source) == (
        "Slow",
        "critical",
        "p99 is 3 s",
        "prometheus",
    )
    assert found.starts_at in {1_767_225_600_123_456, 1_767_225_600_123_457}
    assert found.fires(NOW)
    assert not found.fires(NOW + 3 * MINUTE), "unless it is told again, it has ended by then"
    assert found.generator.startswith("http://prometheus.example/")
    assert list(found.labels) == sorted(found.labels)


def test_an_end_that_has_passed_resolves_and_the_year_one_is_none():
    over = only(take([alert(endsAt="2026-01-01T00:00:30Z")]))
    assert over.ended_at == NOW - MINUTE // 2
    firing = only(take([alert(endsAt="0001-01-01T00:00:00Z")]))
    assert (firing.ended_at, firing.until) == (0, 0)
    assert firing.fires(NOW + 10**12)


@pytest.mark.parametrize("form", [Format.ALERTMANAGER, Format.GRAFANA])
def test_webhooks_are_read_with_what_the_sender_left_out(form: Format):
    body = {
        "version": "4",
        "status": "firing",
        "groupKey": "{}:{}",
        "truncatedAlerts": 7,
        "alerts": [
            alert(status="firing", endsAt="0001-01-01T00:00:00Z", fingerprint="abc", values={"B": 3.1}),
            alert(status="resolved", labels={"alertname": "Slow", "pod": "b"}, endsAt="2026-01-01T00:00:59Z"),
        ],
    }
    found = take(body, form)
    assert found.good == 2
    assert [
        bool(document.ended_at) for document in found.documents if isinstance(document, ForeignAlert)
    ] == [False, True]
    (note,) = found.notes
    assert "7 more alerts were left out" in note.problem


def test_one_bad_alert_does_not_hold_up_the_others():
    odd = [
        alert(labels={}),
        alert(labels={"alertname": 3}),
        alert(labels={"a\nb": "x"}),
        alert(labels={"pod": "x" * 2_000}),
        alert(labels={f"l{number}": "x" for number in range(70)}),
        alert(startsAt="yesterday"),
        alert(startsAt="2027-01-01T00:00:00Z"),
        "no object",
        {},
    ]
    found = take([*odd, alert()])
    assert (found.good, found.bad_count) == (1, len(odd))
    fields = [bad.field for bad in found.bad]
    assert fields[:7] == [
        "labels",
        "labels[...]",
        "labels.a\nb",
        "labels.pod",
        "labels",
        "startsAt",
        "startsAt",
    ]
    assert all(bad.fix for bad in found.bad)


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (Format.ALERTS_API, b"{}"),
        (Format.ALERTS_API, b"["),
        (Format.ALERTS_API, b"\xff"),
        (Format.ALERTS_API, b"[" * 100_000),
        (Format.ALERTMANAGER, b"[]"),
        (Format.ALERTMANAGER, b'{"alerts": 3}'),
        (Format.GRAFANA, b'{"status": "firing"}'),
    ],
)
def test_what_is_none_of_the_three_is_refused_as_a_whole(form: Format, body: bytes):
    with pytest.raises(UnreadableError, match="the body is"):
        take(body, form)


def test_too_many_are_refused_as_a_whole():
    with pytest.raises(UnreadableError, match="over 200,000 alerts"):
        take(b"[" + b",".join([b'{"labels":{"a":"b"}}'] * 200_001) + b"]")
    with pytest.raises(UnreadableError, match="over 200,000 alerts"):
        take(b"[" + b",".join([b"1"] * 200_001) + b"]")


def test_foreign_text_is_bounded_and_links_lead_only_to_the_web():
    noisy = {f"a{number:02}": "x" * 9_000 for number in range(60)}
    found = only(take([alert(annotations=noisy, generatorURL="javascript:alert(1)")]))
    assert len(found.annotations) == 32
    assert max(map(len, found.annotations.values())) == 2_000
    assert found.generator == ""
    assert found.summary == ""
    assert only(take([alert(annotations=None, generatorURL=None)])).summary == ""


def test_the_same_labels_have_one_fingerprint_and_told_twice_is_one():
    body = [alert(), alert(labels={"severity": "critical", "service": "shop", "alertname": "Slow"})]
    assert len(take(body).documents) == 1
    assert fingerprint({"a": "b"}) != fingerprint({"a": "c"})


def test_a_repeat_is_merged_and_an_end_is_final():
    first = only(take([alert()]))
    again = only(take([alert(endsAt="2026-01-01T00:05:00Z")], at=NOW + MINUTE))
    assert first.key == again.key
    later = merged(first, again)
    assert (later.told_at, later.until) == (NOW + MINUTE, NOW + 4 * MINUTE)
    over = merged(later, only(take([alert(status="resolved")], at=NOW + 2 * MINUTE)))
    assert over.ended_at == NOW + 2 * MINUTE
    assert merged(over, again) == over, "what was told before the end does not undo it"
    assert merged(over, only(take([alert(endsAt="2026-01-01T00:09:00Z")], at=NOW + 3 * MINUTE))) == over, (
        "a new firing has a new start"
    )


def test_without_a_start_it_begins_when_it_is_first_told_and_may_begin_anew():
    bare = alert(startsAt=None, endsAt=None)
    first = only(take([bare]))
    assert first.starts_at == NOW
    again = merged(first, only(take([bare], at=NOW + MINUTE)))
    assert again.starts_at == NOW
    over = merged(again, only(take([bare | {"status": "resolved"}], at=NOW + 2 * MINUTE)))
    anew = merged(over, only(take([bare], at=NOW + 3 * MINUTE)))
    assert (anew.starts_at, anew.ended_at, anew.incident) == (NOW + 3 * MINUTE, 0, "")


def test_a_family_is_named_by_incident_service_and_name():
    assert family_key("", "shop", "Slow") == "/shop/Slow"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(alert(), JSON)), max_size=4),
    st.sampled_from(list(Format)[8:11]),
)
def test_whatever_is_sent_is_taken_set_aside_or_refused(alerts: list[object], form: Format):
    body = alerts if form is Format.ALERTS_API else {"alerts": alerts}
    found = take(json.dumps(body).encode(), form)
    assert found.good + found.bad_count == len(alerts)
    for document in found.documents:
        encode(document)


LABELS = st.dictionaries(st.text(max_size=3), st.text(max_size=3), min_size=1, max_size=4)


@settings(deadline=None, max_examples=200)
@given(LABELS, LABELS)
def test_distinct_labels_have_distinct_fingerprints(one: dict[str, str], other: dict[str, str]):
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


def test_a_fingerprint_is_the_same_in_every_version():
    # Alerts that fire while aright is upgraded are known by it.
    assert fingerprint({"service": "shop", "alertname": "Slow"}) == "1ad622d692b71aed"

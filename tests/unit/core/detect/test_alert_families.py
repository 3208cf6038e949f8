"""Alerts of other programs: whose, how bad, and what many have in common."""

from __future__ import annotations

import pytest

from aright.core.detect.alert_families import alert_of, compared, is_harm, names_of, service_for
from aright.core.model.foreign_alert import AlertFamily, ForeignAlert, muted_tag
from aright.core.model.service import Service
from aright.core.model.signal import ALL, Segment


def alert(at: int = 5, **labels: str) -> ForeignAlert:
    named = {"alertname": "Slow", "severity": "critical"} | labels
    return ForeignAlert(
        key=f"{sorted(named.items())}@{at}",
        fingerprint="f",
        name=named["alertname"],
        source="grafana",
        labels=named,
        annotations={"summary": "it is\n slow"},
        starts_at=at,
        told_at=at,
    )


def test_the_catalogs_names_come_first_then_service_then_job():
    names = names_of([Service(key="shop", jobs=("web-7",)), Service(key="cart")])
    assert service_for({"service": "x", "namespace": "cart"}, names) == "cart"
    assert service_for({"service": "shop", "namespace": "cart"}, names) == "shop"
    assert service_for({"job": "prod/web-7"}, names) == "shop"
    assert service_for({"service": "x", "job": "y"}, names) == "x"
    assert service_for({"app": "z"}, names) == "z"
    assert service_for({"alertname": "shop"}, names) == "alert shop"
    assert service_for({"alertname": "DiskFull", "instance": "10.0.0.1:9100"}, names) == "10.0.0.1:9100"
    assert len(service_for({"service": "ü" * 200}, {}).encode()) <= 80
    assert service_for({"service": "a\nb"}, {}) == "a b"


@pytest.mark.parametrize(
    ("labels", "signals", "harm"),
    [
        ({}, (), True),
        ({"severity": "PAGE"}, (), True),
        ({"severity": "warning"}, (), False),
        ({"severity": "warning"}, ("alert:Slow",), True),
        ({"severity": "warning"}, ("alert",), True),
        ({"severity": ""}, ("quality",), False),
        ({"alertname": "DatasourceNoData"}, (), False),
        ({"alertname": "Watchdog"}, ("alert:Watchdog",), True),
    ],
)
def test_severity_or_the_catalog_say_what_is_harm(
    labels: dict[str, str], signals: tuple[str, ...], *, harm: bool
):
    assert is_harm(alert(5, **labels), signals) is harm


def test_many_are_one_alert_with_their_number():
    family = AlertFamily(key="k", service="shop", name="Slow", incident="INC-1", since=2, firing=3)
    found = alert_of("shop", [alert(7, pod="b"), alert(5, pod="a")], family, now=9, harm=True)
    assert (found.text, found.since, found.at) == ("Slow × 5: it is slow", 2, 9)
    assert (found.key, found.signal) == ("shop/alert/Slow", "alert:Slow")
    assert found.rule == "rule Slow (severity critical) of Grafana"
    over = AlertFamily(key="k", service="shop", name="Slow", incident="INC-1", since=2, resolved=3)
    assert alert_of("shop", [alert(7)], over, now=9, harm=True).since == 7


def test_without_a_summary_it_says_that_it_fires():
    bare = ForeignAlert(
        key="k@1", fingerprint="k", name="N", source="prometheus", labels={}, starts_at=1, told_at=1
    )
    found = alert_of("s", [bare], None, now=1, harm=False)
    assert (found.text, found.rule) == ("N fires", "rule N of Prometheus")


def test_a_place_that_all_share_is_a_segment():
    both = [alert(node="n7", zone="z"), alert(node="n7", zone="z")]
    assert alert_of("s", both, None, now=1, harm=True).segment == Segment("node", "n7")
    apart = [alert(node="n7", zone="z"), alert(node="n8", zone="z")]
    assert alert_of("s", apart, None, now=1, harm=True).segment == Segment("zone", "z")
    assert alert_of("s", [alert(), alert(node="n8")], None, now=1, harm=True).segment == ALL


def test_labels_are_compared():
    same, differing = compared(
        [{"app": "a", "pod": f"p{n}", "zone": f"z{n % 2}"} for n in range(5)] + [{"app": "a"}]
    )
    assert same == {"app": "a"}
    assert [(each.name, each.count) for each in differing] == [("pod", 5), ("zone", 2)]
    assert differing[0].examples == ("p0", "p1", "p2")
    assert compared([]) == ({}, [])


def test_what_a_silence_holds_is_found_by_it():
    assert alert().tag == ""
    assert muted_tag("SIL-1") == "muted by SIL-1"

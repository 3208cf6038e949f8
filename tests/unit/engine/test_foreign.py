"""Alerts of other programs: incidents and notices of them, silences over them, their end and their return."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from aright.core.incident.chain import verify_chain
from aright.core.model.foreign_alert import AlertFamily, ForeignAlert
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.incident import State
from aright.core.model.notice import Notice
from aright.core.model.service import Service
from aright.core.model.silence import Muted, Silence
from aright.core.model.times import MINUTE, iso
from aright.core.page.silencing import parse_matcher
from tests.unit.engine.failing_shop import START, Plant

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, object]


def alert(
    service: str = "shop", name: str = "Slow", *, at: float = 0, severity: str = "critical", **labels: str
) -> Row:
    return {
        "labels": {"alertname": name, "service": service, "severity": severity, **labels},
        "annotations": {"summary": f"{service} answers slowly"},
        "startsAt": iso(START + round(at * MINUTE)),
    }


def over(row: Row, at: float) -> Row:
    return row | {"endsAt": iso(START + round(at * MINUTE)), "status": "resolved"}


def post(made: Plant, *rows: Row, at: float, form: Format = Format.ALERTS_API) -> None:
    """Take a body at a time, and let the engine do all that follows."""
    now = START + round(at * MINUTE)
    made.desk.advance(now)
    body = json.dumps(list(rows)).encode()
    frame = Frame(kind=Kind.ALERTS, format=form, encoding=Encoding.IDENTITY, received_at=now, body=body)
    made.intake.accept(frame).durable.result()
    made.desk.advance(now)


def plant(*services: Service) -> Plant:
    made = Plant()
    with made.state.transaction() as tx:
        tx.put_all(services or (Service(key="shop", tier=3),))
    return made


def silence(*matchers: str, start: float = 0, end: float = 60, key: str = "SIL-1") -> Silence:
    return Silence(
        key=key,
        matchers=tuple(parse_matcher(text) for text in matchers),
        starts_at=START + round(start * MINUTE),
        ends_at=START + round(end * MINUTE),
        author="ada",
        comment="planned move",
        created_at=START,
    )


def put(made: Plant, *values: Silence) -> None:
    with made.state.transaction() as tx:
        tx.put_all(values)


def kept(made: Plant) -> Sequence[ForeignAlert]:
    with made.state.transaction() as tx:
        return tx.list(ForeignAlert, limit=10_000)


def kinds(made: Plant, key: str) -> list[str]:
    return [event.kind for event in made.desk.timeline(key)]


def actions(made: Plant) -> list[str]:
    return [action for _, action in made.pager.seen]


def test_a_critical_alert_opens_an_incident_in_its_own_words_and_pages():
    made = plant()
    post(made, alert(at=1, pod="a"), at=3)
    (incident,) = made.desk.incidents()
    assert (incident.service, incident.title) == ("shop", "shop: Slow: shop answers slowly")
    assert incident.began_at == START + MINUTE
    (told,) = incident.alerts
    assert (told.rule, told.harm) == ("rule Slow (severity critical) of Prometheus", True)
    assert incident.severity is not None
    assert "counted as a tenth" in incident.severity.arithmetic
    assert actions(made) == ["trigger"]
    assert [found.incident for found in kept(made)] == ["INC-1"]


def test_repeats_change_nothing_and_more_pods_are_counted():
    made = plant()
    post(made, alert(pod="a"), at=1)
    before = made.desk.timeline("INC-1")
    post(made, alert(pod="a"), at=2)
    assert made.desk.timeline("INC-1") == before
    post(made, alert(pod="b", at=2), alert(pod="c", at=2), at=3)
    (incident,) = made.desk.incidents()
    assert [told.text for told in incident.alerts] == ["Slow × 3: shop answers slowly"]
    assert incident.alerts[0].since == START
    with made.state.transaction() as tx:
        (family,) = tx.list(AlertFamily)
    assert (family.firing, family.resolved) == (3, 0)
    assert actions(made) == ["trigger"]


def test_what_is_not_critical_is_a_notice_told_once():
    made = plant()
    post(made, alert(severity="warning", pod="a"), at=1)
    post(made, alert(severity="warning", pod="b"), at=2)
    assert made.desk.incidents() == []
    (notice,) = made.desk.notices()
    assert notice.alert.text == "Slow: shop answers slowly"
    post(made, alert(name="Down"), at=3)
    post(made, alert(name="Hot", severity="warning"), at=4)
    (incident,) = made.desk.incidents()
    assert [told.signal for told in incident.alerts] == ["alert:Down", "alert:Hot"]


def test_the_catalog_may_say_that_a_warning_pages_and_whose_a_job_is():
    made = plant(Service(key="shop", page_signals=("alert:Slow",), jobs=("web-7",)))
    post(made, {**alert(), "labels": {"alertname": "Slow", "job": "prod/web-7", "severity": "info"}}, at=1)
    (incident,) = made.desk.incidents()
    assert incident.service == "shop"


def test_an_alert_that_names_nothing_is_grouped_with_nothing():
    made = plant()
    rows: list[Row] = [
        {"labels": {"alertname": name, "severity": "page"}, "startsAt": iso(START)} for name in ("A", "B")
    ]
    post(made, *rows, at=1)
    assert sorted(found.service for found in made.desk.incidents()) == ["alert A", "alert B"]


def test_the_end_is_told_once_all_have_ended():
    made = plant()
    post(made, alert(pod="a"), alert(pod="b"), at=1)
    post(made, over(alert(pod="a"), 2), at=2)
    assert "note" not in kinds(made, "INC-1")
    post(made, over(alert(pod="b"), 3), at=3)
    assert made.desk.timeline("INC-1")[-1].text == "all 2 alerts of other programs ended"
    post(made, over(alert(pod="b"), 3), at=4)
    assert kinds(made, "INC-1").count("note") == 1
    assert all(found.ended_at for found in kept(made))


def test_an_end_without_a_beginning_is_kept_and_tells_nobody():
    made = plant()
    post(made, over(alert(), 1), at=2)
    assert made.desk.incidents() == []
    assert kept(made)[0].incident == ""


def test_what_goes_on_after_somebody_resolved_it_opens_it_again():
    made = plant()
    post(made, alert(), at=1)
    made.desk.resolve("INC-1", by="ada", confirm="shop")
    post(made, alert(), at=5)
    assert made.desk.incident("INC-1").state is State.RESOLVED, "the sender may not know yet"
    post(made, alert(), at=15)
    assert made.desk.incident("INC-1").state is State.REOPENED
    assert actions(made) == ["trigger", "resolve", "trigger"]
    assert kept(made)[0].incident == "INC-1"


def test_a_dependency_that_another_program_watches_leads_the_incident():
    made = plant(Service(key="shop", tier=3, dependencies=("lingua",)))
    post(made, alert(at=1), at=2)
    post(made, alert("lingua", "QuotaSpent", at=4), at=5)
    (incident,) = made.desk.incidents()
    assert (incident.service, incident.services) == ("lingua", ("shop", "lingua")), "its rule waits longer"


def test_a_silence_keeps_harm_from_paging_and_tells_so():
    made = plant()
    put(made, silence("service=shop", "pod=~a.*"))
    post(made, alert(pod="a1"), at=1)
    assert made.desk.incidents() == []
    (notice,) = made.desk.notices()
    assert notice.muted == "silenced by SIL-1 of ada (planned move) until 2026-01-01 01:00 UTC"
    (found,) = kept(made)
    assert (found.silence, found.muted, found.incident) == ("SIL-1", notice.muted, "")
    post(made, alert(pod="b"), at=2)
    (incident,) = made.desk.incidents()
    assert incident.alerts[0].text == "Slow: shop answers slowly"
    post(made, alert(pod="a2"), at=3)
    assert made.pager.seen == [(made.pager.seen[0][0], "trigger")]


def test_a_silenced_alert_of_a_service_with_an_incident_is_in_its_timeline():
    made = plant()
    post(made, alert(name="Down"), at=1)
    put(made, silence("signal=alert:Slow"))
    post(made, alert(), at=2)
    (line,) = [event for event in made.desk.timeline("INC-1") if event.kind == "silenced"]
    assert line.text.startswith("Slow: shop answers slowly: silenced by SIL-1 of ada (planned move) until ")
    with made.state.transaction() as tx:
        assert verify_chain(tx.events("INC-1"))


def test_when_a_silence_ends_what_still_fires_alarms():
    made = plant()
    put(made, silence("service=shop", end=10))
    post(made, alert(pod="a"), alert(pod="b"), at=1)
    post(made, over(alert(pod="a"), 5), at=5)
    made.desk.advance(START + 9 * MINUTE)
    assert made.desk.incidents() == []
    made.desk.advance(START + 10 * MINUTE)
    (incident,) = made.desk.incidents()
    assert incident.began_at == START
    assert incident.alerts[0].text == "Slow: shop answers slowly", "one of the two still fires"
    assert actions(made) == ["trigger"]
    assert {found.labels["pod"]: found.incident for found in kept(made)} == {"a": "", "b": "INC-1"}
    with made.state.transaction() as tx:
        (ended,) = tx.list(Silence)
        assert (ended.ended_by, ended.tag) == ("its own end", "")
        assert not tx.list(Muted, tag="open")


def test_under_a_second_silence_it_stays_silent():
    made = plant()
    put(made, silence("service=shop", end=10), silence("service=shop", start=5, end=20, key="SIL-2"))
    post(made, alert(), at=1)
    made.desk.advance(START + 12 * MINUTE)
    assert made.desk.incidents() == []
    assert kept(made)[0].silence == "SIL-2"
    made.desk.advance(START + 21 * MINUTE)
    assert len(made.desk.incidents()) == 1


def test_what_expired_while_silenced_was_harmless():
    made = plant()
    put(made, silence("service=shop", end=10))
    post(made, alert() | {"endsAt": iso(START + 5 * MINUTE)}, at=1)
    made.desk.advance(START + 11 * MINUTE)
    assert made.desk.incidents() == []


def test_a_crash_between_taking_and_resting_tells_nothing_twice():
    made = plant()
    post(made, alert(pod="a"), alert(pod="b"), at=1)
    before = (made.desk.incidents(), made.desk.timeline("INC-1"), kept(made))
    made.start()
    made.runtime.step()
    assert (made.desk.incidents(), made.desk.timeline("INC-1")) == before[:2]
    assert {found.key: found for found in kept(made)} == {found.key: found for found in before[2]}
    with made.state.transaction() as tx:
        (family,) = tx.list(AlertFamily)
        assert family.firing == 2
        assert not tx.list(Notice)


def test_alerts_of_a_merged_incident_end_in_the_one_that_took_it_in():
    made = plant(Service(key="shop", dependencies=("api",)), Service(key="web", dependencies=("shop",)))
    post(made, alert("web", at=20), at=21)
    post(made, alert("api"), at=21)
    assert len(made.desk.incidents()) == 2
    post(made, alert("shop", at=8), at=22)
    whole = next(found for found in made.desk.incidents() if found.state is not State.MERGED)
    web = next(found for found in kept(made) if found.service == "web")
    assert web.incident == "INC-1"
    rows = [over(alert("web", at=20), 23), over(alert("shop", at=8), 23)]
    post(made, *rows, at=23)
    assert "note" not in kinds(made, whole.key), "api still fires"
    post(made, over(alert("api"), 24), at=24)
    assert made.desk.timeline(whole.key)[-1].text == "all 3 alerts of other programs ended"


def test_thousands_are_one_incident_with_few_lines():
    made = plant()
    rows = [alert(pod=f"p{number}", at=number / 1_000) for number in range(2_000)]
    for start in range(0, 2_000, 500):
        post(made, *rows[start : start + 500], at=3)
    (incident,) = made.desk.incidents()
    assert incident.alerts[0].text == "Slow × 2,000: shop answers slowly"
    assert len(made.desk.timeline("INC-1")) < 12
    assert len(msgspec.json.encode(incident)) < 4_000
    with made.state.transaction() as tx:
        assert len(tx.list(ForeignAlert, tag="INC-1", limit=9_999)) == 2_000


def test_what_goes_on_after_its_incident_was_merged_and_resolved_is_told_again():
    made = plant(Service(key="shop", dependencies=("api",)), Service(key="web", dependencies=("shop",)))
    post(made, alert("web", at=20), at=21)
    post(made, alert("api"), at=21)
    post(made, alert("shop", at=8), at=22)
    (whole,) = [found for found in made.desk.incidents() if found.state is not State.MERGED]
    made.desk.resolve(whole.key, by="ada", confirm=whole.service)
    post(made, alert("api"), at=23)
    assert made.desk.incident(whole.key).state is State.RESOLVED
    post(made, alert("api"), at=40)
    assert made.desk.incident(whole.key).state is State.REOPENED

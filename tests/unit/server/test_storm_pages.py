"""The pages of a storm and of silences: small, safe, and able to do what they offer."""

from __future__ import annotations

import html

import msgspec
import pytest

from aright.core.incident.words import effect
from aright.core.model.incident import State
from aright.core.model.notice import Notice
from aright.web.alerts import alerts_of, families_of
from tests.unit.server.client import Client, app_of
from tests.unit.web.example_storm import HOSTILE, NOW, family_alert, foreign, silenced, storm
from tests.unit.web.fake import FakeOperations, busy


def page(operations: FakeOperations, path: str) -> str:
    answer = Client(app_of(operations)).enter().get(path)
    assert answer.status_code == 200
    return answer.text


def test_a_storm_page_is_small_and_tells_what_differs():
    text = page(storm(), "/incidents/INC-7")
    assert len(text) < 100_000
    assert "<b>10,000</b> fire" in html.unescape(text)
    assert "<code>pod</code> × <b>10,000</b>: web-0, web-1, web-10 …" in text
    assert "<code>namespace = prod</code>" in text
    assert HOSTILE not in text
    assert "and 49 more services" in text
    assert "nearest to the cause so far" in text


def test_each_alert_says_effect_users_since_and_rule():
    operations = storm(3)
    shown = next(each for each in operations.known["INC-7"].alerts if not each.text)
    text = html.unescape(page(operations, "/incidents/INC-7"))
    assert " users counted · since " in text
    assert effect(shown) in text
    assert shown.rule in text


def test_families_count_what_fires_and_what_has_ended():
    alerts = [foreign(1), msgspec.structs.replace(foreign(2), ended_at=NOW), foreign(3, "Other", zone="z")]
    rows = families_of(alerts, NOW)
    assert [(row.name, row.firing, row.ended) for row in rows] == [("HighErrorRate", 1, 1), ("Other", 1, 0)]
    assert rows[1].same == ("namespace = prod", "pod = web-3", "zone = z")
    many = [foreign(number, **{f"l{at}": f"{number}" for at in range(9)}) for number in range(2)]
    assert families_of(many, NOW)[0].more == 4


def test_many_names_and_few_services_are_bounded():
    operations = busy()
    operations.alerts.kept = [foreign(number, f"A{number}") for number in range(40)]
    shown = alerts_of(operations, operations.known["INC-7"], NOW, 1)
    assert (len(shown.families), shown.families_left_out, shown.hits) == (12, 28, ())
    assert len(shown.rows) == 1
    assert shown.count >= 41


def test_a_merged_incident_leads_to_the_one_that_took_it_in():
    operations = busy()
    known = operations.known["INC-7"]
    operations.known["INC-7"] = msgspec.structs.replace(known, state=State.MERGED, merged_into="INC-3")
    text = page(operations, "/incidents/INC-7")
    assert 'This is a part of <a href="/incidents/INC-3">INC-3</a>' in text
    assert "Take it on" not in text


def test_a_muted_notice_says_by_what():
    operations = busy()
    muted = Notice(
        key="k", service="ranker", at=NOW, alert=family_alert(), muted="silenced by SIL-1 until noon"
    )
    operations.kept_notices = [muted]
    assert "silenced by SIL-1 until noon" in page(operations, "/")


def test_silences_are_shown_with_what_they_hold_back():
    operations = silenced()
    text = page(operations, "/silences")
    assert HOSTILE not in text
    assert "1 alert held back" in text
    assert "mon 00:00–00:01 UTC" in text
    assert "ended by bob" in text
    assert text.count("End it now") == 1, "the catalog's are ended in the catalog"
    assert 'href="/silences"' in page(operations, "/")


def test_a_silence_is_made_and_ended_by_forms():
    operations = FakeOperations()
    client = Client(app_of(operations)).enter()
    answer = client.post(
        "/silences",
        {"matchers": 'service=shop pod=~"web-\\d+"', "minutes": "30", "comment": "move"},
        page="/silences",
    )
    assert answer.status_code == 303
    (made,) = operations.alerts.kept_silences
    assert [str(matcher) for matcher in made.matchers] == ['service="shop"', 'pod=~"web-\\d+"']
    assert client.post("/silences/SIL-1/end", {}, on="/silences").status_code == 303
    assert operations.alerts.kept_silences[0].ended_by
    assert client.post("/silences/SIL-9/end", {}, on="/silences").status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"matchers": "?"}, 400, "is no matcher"),
        ({"matchers": '"service=shop'}, 400, "Close each quote"),
        ({"minutes": "soon"}, 400, "is no number"),
        ({"comment": ""}, 409, "author and comment"),
        ({"matchers": "service=~.*"}, 409, "alerts of anything"),
    ],
)
def test_what_is_wrong_with_a_form_stands_beside_what_was_typed(
    change: dict[str, str], status: int, said: str
):
    given = {"matchers": "service=shop", "minutes": "30", "comment": "move"} | change
    answer = Client(app_of(FakeOperations())).enter().post("/silences", given, on="/silences")
    assert answer.status_code == status
    assert said in answer.text
    if change.get("matchers") is None:
        assert 'value="service=shop"' in answer.text

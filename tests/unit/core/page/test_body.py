from __future__ import annotations

import msgspec
import pytest

from aright.core.model.evidence import Verdict
from aright.core.page import page_body, read_page
from tests.unit.core.incident.making import SEV2, START, alert, declared, diagnosis, in_place, scope

LINK = "https://aright.example/incidents/INC-1"


def test_a_page_says_what_moved_how_bad_and_where_to_look():
    page = read_page(page_body(in_place(severity=SEV2), LINK))
    assert (page.action, page.incident, page.service, page.severity) == ("trigger", "INC-1", "shop", 2)
    assert page.title == "shop: click quality fell from 12\u202f% to 6.0\u202f%"
    assert (page.link, page.opened_at) == (LINK, START)
    assert page.facts == {
        "began": "1970-01-01T00:15:40.000Z",
        "severity": "SEV2: 30\u202f% × 50\u202f% × tier 2",
        "what moved": "click quality fell from 12\u202f% to 6.0\u202f%",
    }


def test_what_is_known_of_the_cause_is_on_it():
    facts = read_page(page_body(in_place(diagnosis=diagnosis(), recurrence_of="INC-0"))).facts
    assert facts["who is hit"] == "region = north is hit, 30\u202f% of users"
    assert facts["cause"] == "confirmed: the source profiles went empty"
    assert facts["seen before"] == "INC-0"
    unsure = read_page(page_body(in_place(diagnosis=diagnosis(verdict=Verdict.INCONCLUSIVE)))).facts
    assert "cause" not in unsure


def test_later_messages_repeat_no_facts():
    for action in ("acknowledge", "resolve"):
        page = read_page(page_body(declared(), action=action))
        assert (page.action, page.facts) == (action, {})


def test_a_page_is_bounded_whatever_the_data_says():
    flood = tuple(alert(f"s{i}" * 500) for i in range(50))
    long = in_place(alerts=flood, diagnosis=diagnosis(scope=scope(sentence="x" * 100_000)))
    assert len(page_body(long, LINK)) < 10_000


def test_what_is_no_page_is_not_read_as_one():
    with pytest.raises(msgspec.ValidationError):
        read_page(b"{}")

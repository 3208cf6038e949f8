from __future__ import annotations

import msgspec
import pytest

from aright.core.communicate import cadence, draft_update
from aright.core.incident import Resolved, apply
from aright.core.model.evidence import Reach, Verdict
from aright.core.model.incident import Severity, State
from aright.core.model.signal import ALL
from aright.core.model.times import DAY, HOUR, MINUTE
from tests.unit.core.incident.making import SEV2, START, attempt, declared, diagnosis, in_place, scope


def test_at_first_it_says_what_is_not_known():
    update = draft_update(declared(), START)
    assert update.text == (
        "Severity not judged yet, declared, nobody has taken it on: "
        "shop: click quality fell from 12\u202f% to 6.0\u202f%. It began at 00:15:40 UTC. "
        "Click quality fell from 12\u202f% to 6.0\u202f% (95\u202f% interval 5.0\u202f% to 7.0\u202f%). "
        "Who is hit is not known yet. The cause is not known yet. Nothing has been put right yet. "
        "Next update by 00:46:40 UTC."
    )
    assert update.next_due == START + 30 * MINUTE


def test_what_was_found_is_told_with_how_sure_it_is():
    found = in_place(severity=SEV2, acknowledged_by="ann", state=State.TRIAGED, diagnosis=diagnosis())
    text = draft_update(found, START).text
    assert text.startswith("SEV2, triaged, ann is on it: ")
    assert "region = north is hit, 30\u202f% of users." in text
    assert "Confirmed cause: the source profiles went empty." in text
    likely = in_place(diagnosis=diagnosis(verdict=Verdict.LIKELY))
    assert "Likely cause: " in draft_update(likely, START).text


def test_one_share_is_told_with_one_pair_of_numbers():
    told = "all traffic is hit: click quality fell from 12 % to 5.2 %"
    everyone = diagnosis(scope=scope(reach=Reach.GLOBAL, segment=ALL, sentence=told))
    text = draft_update(in_place(diagnosis=everyone), START).text
    assert "All traffic is hit" in text
    assert "95\u202f% interval" not in text, "the alert's numbers are of fewer windows"
    assert "95\u202f% interval" in draft_update(in_place(diagnosis=diagnosis()), START).text


def test_an_inconclusive_diagnosis_names_no_cause():
    text = draft_update(in_place(diagnosis=diagnosis(verdict=Verdict.INCONCLUSIVE)), START).text
    assert "The cause is not known yet." in text
    assert "profiles" not in text


@pytest.mark.parametrize(
    ("status", "verdict", "told"),
    [
        ("planned", "", "“Serve the last good snapshot” is being carried out."),
        ("sent", "", "was carried out at 00:18:40 UTC; whether quality comes back is being measured."),
        (
            "verified",
            "90\u202f% of the loss came back.",
            "quality came back: 90\u202f% of the loss came back.",
        ),
        ("not_verified", "nothing came back", "was carried out at 00:18:40 UTC, but nothing came back."),
        ("failed", "", "failed."),
        ("refused", "", "was refused."),
        ("undone", "", "was taken back."),
    ],
)
def test_what_was_done_is_told_and_no_success_before_it_is_measured(status, verdict, told):
    tried = in_place(mitigations=(attempt("sent", dry_run=True), attempt(status, key="M2", verdict=verdict)))
    text = draft_update(tried, START).text
    assert told in text
    assert ("came back" in text) == (status in {"verified", "not_verified"})


def test_a_dry_run_is_no_news():
    text = draft_update(in_place(mitigations=(attempt("sent", dry_run=True),)), START).text
    assert "Nothing has been put right yet." in text


def test_the_last_update_has_no_next():
    over = apply(in_place(diagnosis=diagnosis()), Resolved(at=START + 70 * MINUTE, by="ann")).incident
    update = draft_update(over, START + 70 * MINUTE)
    assert update.text.startswith("Resolved: shop: click quality fell")
    assert (
        "The harm lasted 1\u202fh 11\u202fmin; the incident was open for 1\u202fh 10\u202fmin." in update.text
    )
    assert update.text.endswith("This is the last update; a post-mortem follows.")
    assert update.next_due == 0
    unknown = apply(declared(), Resolved(at=START, by="ann")).incident
    assert "The cause was not found." in draft_update(unknown, START).text
    assert "The harm lasted 1\u202fmin;" in draft_update(unknown, START).text
    short = msgspec.structs.replace(unknown, began_at=START - 5_000_000)
    assert "The harm lasted 5\u202fs;" in draft_update(short, START).text


@pytest.mark.parametrize(
    ("level", "open_for", "span"),
    [
        (1, 0, 20 * MINUTE),
        (1, 2 * HOUR, HOUR),
        (2, 0, 30 * MINUTE),
        (2, 5 * HOUR, HOUR),
        (3, 0, 4 * HOUR),
        (4, 9 * HOUR, DAY),
        (0, 0, 30 * MINUTE),
    ],
)
def test_the_worse_the_more_often(level, open_for, span):
    assert cadence(level, open_for) == span
    severity = Severity(level=level, score=0, arithmetic="") if level else None
    incident = in_place(severity=severity)
    assert draft_update(incident, START + open_for).next_due == START + open_for + span


def test_an_update_is_bounded():
    long = in_place(diagnosis=diagnosis(scope=scope(sentence="x" * 100_000)))
    assert len(draft_update(long, START).text) == 2_000

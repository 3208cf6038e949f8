from __future__ import annotations

import msgspec
import pytest

from aright.core.communicate import draft_update
from aright.core.incident import Resolved, apply
from aright.core.model.command import Held, Track
from aright.core.model.evidence import Reach, Verdict
from aright.core.model.incident import State
from aright.core.model.signal import ALL
from aright.core.model.times import MINUTE
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


def test_roles_and_tracks_are_told_to_those_who_work_on_it():
    tracks = tuple(
        Track(id=f"T{n}", hypothesis=f"part {n} broke.", opened_at=START, owner="bob" if n == 1 else "")
        for n in range(1, 8)
    )
    tracks = (msgspec.structs.replace(tracks[0], due_at=START + MINUTE), *tracks[1:])
    roles = (
        Held(role="commander", person="ann", since=START),
        Held(role="expert", person="cy", since=1, of="it"),
    )
    text = draft_update(in_place(roles=roles, tracks=tracks), START).text
    assert "Roles: commander ann, expert cy (it)." in text
    assert "Tracks: T1 part 1 broke (bob, due 00:17:40 UTC); T2 part 2 broke (nobody);" in text
    assert "and 2 more." in text
    over = draft_update(in_place(roles=roles, tracks=tracks, state=State.RESOLVED), START).text
    assert "Roles" not in over
    assert "Tracks" not in over


def test_of_a_restricted_incident_it_only_says_that_there_is_one():
    secret = in_place(severity=SEV2, restricted_to=("ann",), diagnosis=diagnosis())
    assert draft_update(secret, START).text == (
        "INC-1 is a restricted incident (SEV2, declared). Those who may see it are on it."
    )


def test_an_update_is_bounded():
    long = in_place(diagnosis=diagnosis(scope=scope(sentence="x" * 100_000)))
    assert len(draft_update(long, START).text) == 2_000

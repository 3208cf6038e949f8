"""Messages in words: one line for a subject, paragraphs for the rest."""

from __future__ import annotations

import pytest

from aright.core.page.body import PageBody
from aright.core.page.telling import LONGEST_SUBJECT, lines, subject


def body(action: str = "trigger", **changes: object) -> PageBody:
    values: dict[str, object] = {"severity": 2, "title": "clicks fell", **changes}
    return PageBody(action=action, incident="INC-1", service="shop", opened_at=0, **values)  # type: ignore[arg-type]  # values of a test


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("trigger", "SEV2 INC-1: clicks fell"),
        ("resolve", "Resolved: SEV2 INC-1: clicks fell"),
        ("remind", "Reminder: SEV2 INC-1: clicks fell"),
        ("update", "Update: SEV2 INC-1: clicks fell"),
    ],
)
def test_the_subject_says_what_it_is(action: str, said: str):
    assert subject(body(action)) == said


def test_a_subject_is_one_short_line():
    long = subject(body(title="a\r\nBcc: b" + "x" * 1_000, severity=0))
    assert len(long) <= LONGEST_SUBJECT
    assert "\n" not in long
    assert "\r" not in long
    assert long.startswith("INC-1: a Bcc: b")


def test_without_a_title_the_service_is_named():
    assert subject(body(title="")) == "SEV2 INC-1: shop"


def test_the_lines_are_text_author_facts_and_reason():
    said = lines(body("note", text="seen", by="ada", facts={"began": "10:00"}, because="you are named"))
    assert said == ("seen", "By ada.", "began: 10:00", "You are told because you are named.")
    assert lines(body()) == ()

"""The public status page: what was published and nothing else, escaped, as data and as files."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import msgspec

from aright.core.communicate.status_files import status_files
from aright.core.communicate.status_page import status_page
from aright.core.incident import Resolved, apply
from aright.core.model.command import Updating
from aright.core.model.incident import State, StatusUpdate
from aright.core.model.service import Service
from aright.core.model.times import DAY, HOUR, MINUTE
from tests.unit.core.incident.making import START, in_place

SERVICES = (
    Service(key="shop", type="recommender"),
    Service(key="ledger-v2"),
    Service(key="chat", type="llm"),
)
NAMES = Updating(names={"shop": "For you", "chat": "Chat"})
ATOM = "{http://www.w3.org/2005/Atom}"


def told(at=START + MINUTE, text="some users get errors", **changes):
    made = StatusUpdate(
        at=at, text=text, next_due=0, id="U1", audience="public", status="published", published_at=at
    )
    return msgspec.structs.replace(made, **changes)


def heard(**changes):
    return in_place(**{"updates": (told(),), **changes})


def test_what_the_public_heard_is_shown_by_public_names():
    page = status_page([heard()], SERVICES, NAMES, START + HOUR)
    (trouble,) = page.current
    assert (trouble.title, trouble.services, trouble.ended_at) == ("Trouble with For you", ("For you",), 0)
    assert [update.text for update in trouble.updates] == ["some users get errors"]
    assert [(each.name, each.state) for each in page.services] == [
        ("Chat", "works as usual"),
        ("For you", "has trouble"),
    ]
    assert page.services[1].since == trouble.began_at
    assert "INC" not in trouble.id


def test_what_it_did_not_hear_is_not():
    silent = [
        in_place(),
        heard(restricted_to=("ann",)),
        heard(updates=(told(status="draft"),)),
        heard(updates=(told(audience="stakeholders"),)),
        heard(state=State.MERGED, resolved_at=START + HOUR),
    ]
    page = status_page(silent, SERVICES, NAMES, START + HOUR)
    assert page.current == page.history == ()
    assert [each.name for each in page.services] == ["Chat", "For you"]


def test_history_is_of_ninety_days_the_newest_first():
    over = [
        apply(heard(key=f"INC-{n}", updates=(told(START + n * DAY),)), Resolved(at=START + n * DAY, by="ann"))
        for n in (1, 2, 50)
    ]
    page = status_page([step.incident for step in over], SERVICES, NAMES, START + 100 * DAY)
    assert [trouble.ended_at for trouble in page.history] == [START + 50 * DAY]
    sooner = status_page([step.incident for step in over], SERVICES, NAMES, START + 51 * DAY)
    assert [trouble.ended_at for trouble in sooner.history] == [START + n * DAY for n in (50, 2, 1)]


def test_the_files_are_escaped_and_hold_no_word_of_the_inside():
    evil = '<script>alert(1)</script> & "quotes" \x00\x1b'
    over = apply(
        heard(key="INC-2", services=("shop", "ledger-v2"), updates=(told(text="it is over"),)),
        Resolved(at=START + HOUR, by="ann"),
    ).incident
    page = status_page([heard(updates=(told(text=evil),)), over], SERVICES, NAMES, START + HOUR)
    files = status_files(page, title="Status of <us>", url="https://status.example/")
    assert set(files) == {"index.html", "status.json", "feed.atom"}
    html, feed = files["index.html"], files["feed.atom"]
    for text in (html, feed):
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;" in text
        assert not {"\x00", "\x1b"} & set(text)
    assert "We have trouble just now." in html
    root = ET.fromstring(feed)  # noqa: S314  made a line above
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 2
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    assert root.findtext(f"{ATOM}title") == "Status of <us>"
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    assert link.get("href", "").startswith("https://status.example/#")
    kept = json.loads(files["status.json"])
    assert (kept["schema"], kept["title"]) == (1, "Status of <us>")
    for word in ("INC-", "ledger", "ann", "recommender", "click"):
        assert all(word not in text for text in files.values()), word


def test_without_trouble_all_works_as_usual():
    files = status_files(status_page([], (), NAMES, START), title=" ")
    assert "All works as usual." in files["index.html"]
    assert "Nothing." in files["index.html"]
    assert "<h1> </h1>" in files["index.html"]
    root = ET.fromstring(files["feed.atom"])  # noqa: S314  made a line above
    assert root.findtext(f"{ATOM}id") == "urn:aright:status"

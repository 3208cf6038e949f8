"""Telemetry is hostile: whatever a monitored service sends, a page shows it and does nothing else."""

from __future__ import annotations

import re
from collections import defaultdict
from html.parser import HTMLParser

import msgspec
import pyarrow as pa
import pytest

from aright.core.model.columns import TIME
from aright.core.model.signal import Segment
from aright.server.gate import Visitor
from aright.web.evidence import evidence_page
from aright.web.home import home_view
from aright.web.postmortem import post_mortem_view
from aright.web.render import quoted, render
from aright.web.views import incident_view
from tests.unit.web.example_times import NOW
from tests.unit.web.fake import busy

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus='",
    "</text></svg><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "pay\u202egnp.exe\x00\x1b[2J\u2028",
    "A" * 20_000,
    "\ud800",
)
KEPT = frozenset({"INC-7", "M1", "M2", "ranker", "north", "region"})


class Inspector(HTMLParser):
    """Finds what a page would do besides being looked at."""

    def __init__(self, text) -> None:
        super().__init__(convert_charrefs=True)
        self.does: list[str] = []
        self.longest = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.does += [tag] if tag in {"img", "iframe", "object", "embed", "style", "base"} else []
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc", "autofocus"}:
                self.does.append(f"{tag} {name}")
            if name in {"href", "src", "action", "xlink:href"} and not re.match(r"[/#]", value or ""):
                self.does.append(f"{tag} {name}={value}")
        if tag == "script" and not dict(attrs).get("src", "").startswith("/static/"):
            self.does.append("script")

    def handle_data(self, data):
        self.longest = max(self.longest, *map(len, data.split("\n")))


def poisoned(value, attack):
    """Return the value with every free text in it replaced by the attack."""
    if isinstance(value, str):
        return value if value in KEPT or re.fullmatch(r"[HE]\d|[a-z_]{3,14}", value) else attack
    if isinstance(value, Segment):
        return Segment(attack, attack)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(
            value, **{name: poisoned(getattr(value, name), attack) for name in value.__struct_fields__}
        )
    if isinstance(value, tuple):
        return tuple(poisoned(each, attack) for each in value)
    if isinstance(value, dict):
        return {poisoned(key, attack): poisoned(each, attack) for key, each in value.items()}
    return value


def poisoned_rows(attack):
    """Return rows whose names and values are the attack, as far as Arrow takes it for text."""
    text = attack.encode("utf-8", "replace").decode()
    return pa.table(
        {
            "time": pa.array([NOW], TIME),
            f"attr.{text}": pa.array([text]).dictionary_encode(),
            f"feat.{text}": [0.5],
            "items": [[text]],
            "version": [text],
        }
    )


def poisoned_engine(attack):
    operations = busy(resolved=True)
    operations.known = {key: poisoned(each, attack) for key, each in operations.known.items()}
    operations.catalog = {"ranker": poisoned(operations.catalog["ranker"], attack)}
    operations.events = {
        key: [poisoned(e, attack) for e in lines] for key, lines in operations.events.items()
    }
    operations.drafts = {key: poisoned(draft, attack) for key, draft in operations.drafts.items()}
    operations._status = poisoned(operations._status, attack)
    for name in ("messages", "guards", "notices", "changes", "quarantined"):
        kept = getattr(operations, f"kept_{name}")
        setattr(operations, f"kept_{name}", [poisoned(each, attack) for each in kept])
    operations.evidence.now = poisoned_rows(attack)
    return operations


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_nothing_that_was_sent_becomes_more_than_text(attack):
    operations = poisoned_engine(attack)
    visitor = Visitor(attack, "", "")
    shared = {"visitor": visitor, "form_token": "", "problems": defaultdict(str, {"note": attack})}
    pages = (
        render("incident.html", view=incident_view(operations, "INC-7"), **shared),
        render("postmortem.html", view=post_mortem_view(operations, "INC-7"), **shared),
        render("evidence.html", page=evidence_page(operations, "INC-7", "E2", read=True), **shared),
        render("home.html", view=home_view(operations), origin=attack, **shared),
        render("problem.html", visitor=None, form_token="", code=404, title="x", problem=attack, fix=attack),
        render("enter.html", visitor=None, form_token="", next="/", problem=attack),
    )
    for page in pages:
        found = Inspector(page)
        assert found.does == []
        assert "49" not in page or "7*7" not in attack or "{{ 7*7 }}" in page
        assert not set("\u202e\x00\x1b\u2028") & set(page)
        page.encode("utf-8")
        assert found.longest <= 4_100, "a text without end would bury the page"


def test_only_whole_pairs_of_backquotes_become_code():
    assert str(quoted("`<b>` `")) == "`&lt;b&gt;` `"
    assert str(quoted("`<b>`")) == "<code>&lt;b&gt;</code>"

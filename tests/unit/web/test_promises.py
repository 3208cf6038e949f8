"""Promises on pages: those in danger first, each with a shape, a word and a bar."""

from __future__ import annotations

import re
from collections import defaultdict

import msgspec

from aright.server.gate import Visitor
from aright.web.home import home_view
from aright.web.promises import MOST, in_danger, promises
from aright.web.render import render
from aright.web.views import incident_view
from tests.unit.web.example_slos import FINE, NEW, PAGE, SPENT, TICKET, named
from tests.unit.web.fake import busy, empty

replace = msgspec.structs.replace


def kept(*standings):
    made = busy()
    made.slos.kept = list(standings)
    return made


def test_the_worst_comes_first():
    shown = promises(kept(FINE, NEW, TICKET, SPENT, PAGE)).shown

    assert [promise.name for promise in shown] == ["page", "ticket", "spent", "own", "new"]
    assert [promise.state for promise in shown] == ["page", "ticket", "overspent", "kept", "unknown"]
    page, _, spent, own, new = shown
    assert (page.left, page.left_text) == (0.1, "10\u202f% left")
    assert page.empty == "empty in 3 h 10 min (95 %: 3 h to 4 h)"
    assert (spent.left, spent.left_text, spent.empty) == (0, "overspent", "empty")
    assert (own.good, own.burns) == ("99.9\u202f% of 99.5\u202f% over 30 d", "0.310 × over 1 h")
    assert (new.left_text, new.burns, new.good[0]) == ("not known yet", "nothing counted", "–")
    assert promises(kept(*[named(f"s{at}") for at in range(MOST + 2)])).more == 2


def test_an_open_incident_says_which_promises_of_its_service_are_in_danger():
    other = replace(PAGE, slo=replace(PAGE.slo, key="elsewhere", service="other"))
    made = kept(FINE, PAGE, other)

    assert [promise.name for promise in in_danger(made, "ranker")] == ["page"]
    assert [promise.name for promise in incident_view(made, "INC-7").promises] == ["page"]
    over = busy(resolved=True)
    over.slos.kept = [PAGE]
    assert incident_view(over, "INC-7").promises == ()


def test_pages_show_them_and_nothing_else_of_them():
    attack = replace(PAGE, slo=replace(PAGE.slo, title="<script>alert(1)</script>\u202e"))
    made = kept(attack, FINE)
    visitor = Visitor("Ada", "t")
    home = render("home.html", visitor=visitor, form_token="f", view=home_view(made), origin="http://x")
    page = render(
        "incident.html",
        visitor=visitor,
        form_token="f",
        view=incident_view(made, "INC-7"),
        problems=defaultdict(str),
    )

    for text in (home, page):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert "<script>alert" not in text
        assert "\u202e" not in text
    assert re.search(r'aria-label="10\u202f% left"', home)
    assert "Promises in danger" in page
    assert 'id="promises"' not in render(
        "home.html", visitor=visitor, form_token="f", view=home_view(empty()), origin="http://x"
    )

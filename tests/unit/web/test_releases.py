from __future__ import annotations

import re
from collections import defaultdict

import msgspec
import pytest

from aright.core.model.release import Call, Judged, Look, ReleaseState
from aright.server.gate import Visitor
from aright.web.home import home_view
from aright.web.pictures.sequence import proof_bar, sequence, share_lane
from aright.web.release_acting import release_acting
from aright.web.release_rail import rail
from aright.web.release_tracks import thinned, tracks
from aright.web.releases import last_judged, release_view, releases_view, spells_of
from aright.web.render import render
from tests.unit.web import example_releases as examples
from tests.unit.web.example_times import NOW
from tests.unit.web.fake import empty, releasing
from tests.unit.web.test_hostile import ATTACKS, Inspector, poisoned


@pytest.fixture(scope="module")
def operations():
    return releasing()


def shown(operations, key, **more):
    given = {"visitor": None, "form_token": "", "problems": defaultdict(str), "tried": None, **more}
    return render("release.html", view=release_view(operations, key), **given)


def places(release):
    return {stop.name: stop.place for stop in rail(release)}


def test_those_under_way_stand_first(operations):
    view = releases_view(operations)
    assert [row.release.key for row in view.under_way] == ["REL-15", "REL-14", "REL-13", "REL-12"]
    assert [row.release.key for row in view.ended] == ["REL-11", "REL-10"]
    assert view.services == ("card-check", "ranker", "translate")
    assert not releases_view(operations, "ranker").ended
    assert [row.held for row in view.under_way] == ["no_data", "approval", "registry", ""]


def test_the_first_page_names_releases_under_way(operations):
    assert len(home_view(operations).releases) == 4
    assert home_view(empty()).releases == ()


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (examples.canary, {"gate": "done", "shadow": "done", "25\u202f%": "current", "all": "ahead"}),
        (examples.rolled_back, {"shadow": "left_out", "5\u202f%": "stopped", "25\u202f%": "ahead"}),
        (examples.promoted, {"gate": "done", "all": "done"}),
        (examples.shadow, {"gate": "left_out", "shadow": "current", "1\u202f%": "ahead"}),
    ],
)
def test_the_chain_says_where_it_stands(made, expected):
    assert places(made()) | expected == places(made())


@pytest.mark.parametrize(
    ("changes", "stopped"),
    [
        ({"state": ReleaseState.STOPPED, "looks": ()}, "gate"),
        ({"state": ReleaseState.STOPPED, "looks": examples.shadow().looks}, "shadow"),
        ({"state": ReleaseState.ROLLING_BACK, "looks": (), "step": 1}, "5\u202f%"),
        ({"state": ReleaseState.ROLLED_BACK, "looks": examples.promoted().looks}, "all"),
    ],
)
def test_the_chain_says_where_it_was_stopped(changes, stopped):
    release = msgspec.structs.replace(examples.planned(), **changes)
    assert places(release)[stopped] == "stopped"


def test_a_part_that_is_worse_has_a_lane_before_all_others():
    drawn = tracks(examples.rolled_back(), NOW)
    assert (drawn.shown[0].title, drawn.shown[0].part) == ("Approved quality", "region = west")
    assert drawn.shown[0].standing == "worse"
    assert sum(not lane.part for lane in drawn.shown) == 4
    assert drawn.clock.marks[-1].kind == "rolled_back"
    assert drawn.clock.end == examples.rolled_back().ended_at
    assert not tracks(examples.planned(), NOW).shown


def test_holds_that_more_units_do_not_end_are_marked():
    drawn = tracks(examples.canary(), NOW)
    assert [mark.text for mark in drawn.clock.marks if mark.kind == "held"] == ["held: nothing comes in"]
    assert drawn.held
    assert drawn.clock.end == NOW


def test_pictures_say_in_words_what_they_show():
    drawn = tracks(examples.rolled_back(), NOW)
    picture = sequence(drawn.clock, drawn.shown[0], drawn.scale, 90)
    assert "Approved quality, region = west: ratio of failing units" in picture
    assert "worse. 08:12 to 08:33 UTC." in picture
    assert 'class="worse"' in picture
    assert 'class="margin"' in picture
    assert "1\u202f% from 08:12, 5\u202f% from 08:24" in share_lane(drawn, 50)
    assert "none yet" in share_lane(tracks(examples.planned(), NOW), 50)
    assert "no threshold" in proof_bar(1.0, 0.0, "hit")


def test_one_look_alone_is_drawn_and_what_no_number_is_stays_in_the_picture():
    judged = Judged(metric="error_share", low=float("nan"), high=float("inf"), margin=2.0, harm=9.0)
    look = Look(at=NOW, stage="canary", share=0.01, call=Call.HOLD, reason="x", judged=(judged,))
    release = msgspec.structs.replace(examples.held(), looks=(look,), shares=())
    drawn = tracks(release, NOW)
    picture = sequence(drawn.clock, drawn.shown[0], drawn.scale, 90)
    numbers = re.findall(r"[ML](-?\d+\.?\d*) (-?\d+\.?\d*)", picture)
    assert numbers
    assert all(-5 <= float(x) <= 1005 and -1 <= float(y) <= 91 for x, y in numbers)


def test_of_many_looks_so_many_are_drawn_as_can_be_seen():
    look = examples.held().looks[0]
    looks = [msgspec.structs.replace(look, at=look.at + number) for number in range(5_000)]
    looks[777] = msgspec.structs.replace(looks[777], call=Call.GO)
    few = thinned(looks)
    assert len(few) <= 161
    assert (few[0], few[-1]) == (looks[0], looks[-1])
    assert looks[777] in few


def test_looks_in_a_row_that_came_to_the_same_are_one():
    spells = spells_of(examples.canary().looks)
    assert sum(spell.count for spell in spells) == len(examples.canary().looks)
    assert [spell.call for spell in spells][:2] == ["hold", "go"]
    assert "held" in {spell.call for spell in spells}


@pytest.mark.parametrize(
    ("made", "back", "weighed"),
    [
        (examples.canary, True, ["approve", "promote"]),
        (examples.held, True, ["approve", "promote"]),
        (examples.planned, False, ["approve", "stop"]),
        (examples.shadow, False, ["stop"]),
        (examples.rolled_back, False, []),
        (examples.promoted, True, []),
    ],
)
def test_only_what_may_be_ordered_is_offered(made, back, weighed):
    release = made()
    acting = release_acting(release, last_judged(release), examples.ALIASES)
    assert (acting.back is not None) is back
    assert [deed.what for deed in acting.weighed] == weighed


def test_what_speaks_against_stands_beside():
    release = examples.canary()
    judged = last_judged(release)
    acting = release_acting(release, judged, ())
    assert acting.back is not None
    assert "No harm is shown" in acting.back.doubts[0]
    promote = acting.weighed[-1]
    assert promote.doubts[0] == "1 step would be left out: 50\u202f%."
    assert "may still be" in promote.doubts[1]
    bad = msgspec.structs.replace(examples.rolled_back(), state=ReleaseState.CANARY)
    acting = release_acting(bad, last_judged(bad), ())
    assert acting.back is not None
    assert acting.back.strong
    assert "is worse" in acting.back.speaks_for[0]
    unseen = release_acting(examples.planned(), (), ())
    assert unseen.weighed[0].doubts == ("Nothing was judged yet.",)
    paused = msgspec.structs.replace(release, paused_by="Grace")
    assert release_acting(paused, judged, ()).quick[0].what == "resume"


def test_every_release_has_a_page(operations):
    pages = {key: shown(operations, key) for key in operations.releases.kept}
    assert "chain intact" in pages["REL-12"]
    assert "No look yet. One comes every 1\u202fmin" in pages["REL-14"]
    assert "none could judge yet" in pages["REL-15"]
    assert "forced by Grace" in pages["REL-10"]
    assert "moved elsewhere" in pages["REL-13"]
    assert "Nothing: it has ended" in pages["REL-11"]


def test_a_ledger_that_was_changed_says_where():
    operations = releasing()
    lines = operations.releases.lines["REL-12"]
    lines[3] = msgspec.structs.replace(lines[3], text="all was well")
    assert "broken at line 4" in shown(operations, "REL-12")


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_names_that_were_sent_become_no_more_than_text(attack):
    operations = releasing()
    known = operations.releases
    known.kept = {key: poisoned(each, attack) for key, each in known.kept.items()}
    known.kept = {key: msgspec.structs.replace(each, key=key) for key, each in known.kept.items()}
    known.lines = {key: [poisoned(e, attack) for e in lines] for key, lines in known.lines.items()}
    known.kept_aliases = [poisoned(each, attack) for each in known.kept_aliases]
    visitor = Visitor(attack, "", "")
    shared = {"visitor": visitor, "form_token": ""}
    pages = [
        shown(operations, key, visitor=visitor, problems=defaultdict(str, {"roll_back": attack}))
        for key in known.kept
    ]
    pages.append(render("releases.html", view=releases_view(operations, attack), **shared))
    pages.append(render("home.html", view=home_view(operations), origin="x", **shared))
    for page in pages:
        found = Inspector(page)
        assert found.does == []
        assert not set("\u202e\x00\x1b\u2028") & set(page)
        page.encode("utf-8")
        assert found.longest <= 4_100, "a text without end would bury the page"

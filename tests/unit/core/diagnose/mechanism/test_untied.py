"""Changes of which rows alone can tell."""

from __future__ import annotations

from math import exp

import pytest

from aright.core.diagnose.mechanism.untied import MOST, Loss, names_of, weigh_untied
from aright.core.model.change import Change
from aright.core.model.times import HOUR, MINUTE, SECOND

ONSET = HOUR
SHELF = Loss(low=ONSET, high=ONSET + 5 * SECOND, names=names_of(["shelf = s3", "click_rate"]))


def change(before, kind="deploy", **told):
    return Change(key="c", at=ONSET - int(before * SECOND), service="shop", kind=kind, **told)


def likely(before, kind="deploy", loss=SHELF, **told):
    odds = exp(weigh_untied(change(before, kind, **told), loss).odds)
    return odds / (1.0 + odds)


def test_a_deploy_minutes_before_that_touches_nothing_deserves_little():
    said = weigh_untied(change(180), SHELF)

    assert likely(180) < 0.15
    assert (said.pro, said.contra, said.side) == ((), (), 0)


def test_what_acts_at_once_is_suspected_and_a_setting_more_than_code():
    assert likely(15, "config") > 0.6 > likely(15) > 0.4
    assert likely(15, "other") < likely(15)
    assert "within 20 s of it" in weigh_untied(change(15), SHELF).pro[0]


def test_the_longer_all_went_well_the_less_it_is_suspected():
    said = weigh_untied(change(1_200), SHELF)

    assert likely(1_200) < 0.01
    assert (said.contra, said.side) == (("all went well for 20 min after it",), -1)


def test_where_changes_are_common_each_means_less():
    often = Loss(low=SHELF.low, high=SHELF.high, told=40, over=HOUR)

    assert likely(30, loss=often) < likely(30)


def test_an_onset_known_badly_tells_less_of_the_time():
    wide = Loss(low=ONSET - 5 * MINUTE, high=ONSET + 5 * MINUTE)

    assert likely(15, loss=wide) < likely(15)
    assert likely(-60, loss=wide) > 0.0


def test_a_diff_that_runs_nothing_or_says_the_same_clears():
    paper = weigh_untied(change(15, detail="@@ docs/a.md @@\n-x\n+y"), SHELF)
    same = "@@ a.go @@\n-if n < 1 || n > 9 {\n-return bad(n)\n-}\n+return within(n, 1, 9)"

    assert paper.contra == ("it changes nothing that runs",)
    assert paper.side == -1
    assert likely(15, detail=same) < likely(15)


def test_a_diff_or_words_that_name_what_is_hit_tie_it():
    detail = '@@ a.py @@\n-    pick(shelf, "s3")\n+    pick(shelf, "s4")'
    away = "@@ a.py @@\n-    send(mail)\n+    send(letter, mail)"

    assert likely(180, detail=detail) > likely(180) > likely(180, detail=away)
    assert "(s3, shelf)" in weigh_untied(change(180, detail=detail), SHELF).pro[0]
    assert likely(180, "config", what="click_rate") > 0.8


def test_names_are_never_all_that_counts():
    loss = Loss(low=ONSET, high=ONSET, names=names_of([f"unit_price_{name}" for name in "abcdef"]))
    detail = "@@ a.py @@\n" + "\n".join(f"+unit_price_{name} = {name}" for name in "abcdef")
    without = weigh_untied(change(15, detail="@@ a.py @@\n+x = sent"), loss)

    assert weigh_untied(change(15, detail=detail), loss).odds - without.odds < MOST + 2.0


@pytest.mark.parametrize("text", ["value", "a"])
def test_words_of_every_code_are_no_names(text):
    assert names_of([text]) == {}

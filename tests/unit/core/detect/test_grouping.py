"""Grouping by cause: callers with their callee, nothing else, and statistically on random worlds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.detect.call_graph import MOST_CALLEES, CallGraph, merged
from aright.core.detect.grouping import Group, Reach, Sign, group
from aright.core.model.times import HOUR, MINUTE, SECOND
from tests.unit.core.detect.fault_world import Score, make_world, one_by_one

CALLS = {
    "desk": ["chat"],
    "chat": ["translation"],
    "shop": ["search", "fraud"],
    "app": ["gate"],
    "gate": ["api"],
}


def sign(service: str, minutes: float, *marks: str, in_group: str = "", **kwargs: float) -> Sign:
    onset = round(minutes * MINUTE)
    errs = {name: round(value * MINUTE) for name, value in kwargs.items() if name != "explained"}
    return Sign(
        service=service,
        onset=onset,
        marks=dict.fromkeys(marks, onset),
        group=in_group,
        explained=bool(kwargs.get("explained", 0)),
        **errs,
    )


def groups(*signs: Sign, calls: dict[str, list[str]] | None = None) -> list[list[str]]:
    found = group(signs, CallGraph(CALLS if calls is None else calls))
    return [[signs[at].service for at in each.members] for each in found]


def only(*signs: Sign) -> Group:
    (found,) = group(signs, CallGraph(CALLS))
    return found


def test_a_cascade_is_one_group_whose_root_is_the_deepest_callee():
    signs = sign("desk", 9), sign("chat", 4), sign("translation", 1)
    found = only(*signs)
    assert signs[found.root].service == "translation"
    assert {(signs[link.one].service, link.path) for link in found.links} == {
        ("desk", ("desk", "chat")),
        ("chat", ("chat", "translation")),
    }


def test_services_without_a_path_stay_apart_however_close():
    assert groups(sign("chat", 1), sign("fraud", 1), sign("other", 1)) == [["chat"], ["fraud"], ["other"]]


def test_a_callers_caller_is_explained_through_one_that_told_nothing_but_not_through_two():
    assert groups(sign("desk", 3), sign("translation", 1)) == [["desk", "translation"]]
    assert groups(sign("desk", 12), sign("translation", 1)) == [["desk"], ["translation"]]
    long = {"a": ["b"], "b": ["c"], "c": ["d"]}
    assert groups(sign("a", 2), sign("d", 1), calls=long) == [["a"], ["d"]]


@pytest.mark.parametrize(
    ("caller", "callee", "together"), [(30, 1, True), (40, 1, False), (0, 4, True), (0, 9, False)]
)
def test_onsets_may_differ_more_after_the_callees_than_before(caller: int, callee: int, *, together: bool):
    assert (len(groups(sign("chat", caller), sign("translation", callee))) == 1) is together


def test_a_rule_that_must_hold_for_ten_minutes_may_tell_of_the_cause_last():
    assert groups(sign("chat", 0), sign("translation", 9, early=10)) == [["chat", "translation"]]


def test_siblings_of_a_callee_that_told_nothing_stay_apart_until_it_does():
    calls = {"a": ["c"], "b": ["c"]}
    assert groups(sign("a", 1), sign("b", 1), calls=calls) == [["a"], ["b"]]
    assert groups(sign("a", 1), sign("b", 1), sign("c", 2), calls=calls) == [["a", "b", "c"]]


def test_a_victim_of_two_faults_does_not_tie_them():
    assert groups(sign("search", 1), sign("fraud", 2), sign("shop", 3)) == [["search"], ["fraud", "shop"]]


def test_a_service_that_shows_more_is_not_explained_twice():
    told = (
        sign("search", 1, in_group="A"),
        sign("shop", 2, in_group="A", explained=1),
        sign("fraud", 5, in_group="B"),
        sign("shop", 6),
    )
    assert groups(*told) == [["search", "shop", "shop"], ["fraud"]]


def test_the_same_service_hours_later_is_another_cause():
    first = Sign(service="chat", onset=0, last=HOUR, marks={}, group="A")
    assert groups(first, sign("chat", 170)) == [["chat", "chat"]]
    assert groups(first, sign("chat", 190)) == [["chat"], ["chat"]]


def test_one_segment_at_one_time_is_one_cause_across_services():
    north = sign("chat", 1, "region=north"), sign("fraud", 2, "region=north")
    found = only(*north)
    assert [link.mark for link in found.links] == ["region=north"]
    assert north[found.root].service == "chat", "the first, where none calls the other"
    assert len(groups(sign("chat", 1, "region=north"), sign("fraud", 2, "region=south"))) == 2
    assert len(groups(sign("chat", 1, "region=north"), sign("fraud", 3, "region=north"))) == 2


def test_what_is_in_one_open_group_stays_there_and_a_late_link_joins_two():
    apart = sign("chat", 1, in_group="A"), sign("fraud", 1, in_group="A")
    assert groups(*apart) == [["chat", "fraud"]]
    late = sign("desk", 2, in_group="A"), sign("translation", 1, in_group="B"), sign("chat", 2)
    assert groups(*late[:2]) == [["desk", "translation"]]
    far = sign("desk", 20, in_group="A"), sign("translation", 1, in_group="B")
    assert len(groups(*far)) == 2
    assert groups(*far, sign("chat", 10)) == [["desk", "translation", "chat"]]


def test_services_that_call_one_another_have_the_first_as_root():
    calls = {"a": ["b"], "b": ["a"]}
    signs = sign("a", 2), sign("b", 1)
    (found,) = group(signs, CallGraph(calls))
    assert found.members == (0, 1)
    assert signs[found.root].service == "b"


def test_a_hub_and_a_self_call_are_bounded():
    graph = CallGraph({"hub": [f"s{number}" for number in range(1_000)], "me": ["me", ""]})
    assert len(graph.below("hub", 2)) == MOST_CALLEES
    assert graph.below("me", 2) == {}
    assert merged({"a": ["b"]}, {"a": ["c"]})["a"] == frozenset({"b", "c"})


def test_nothing_is_no_group():
    assert group([], CallGraph({})) == []


NAMES = st.sampled_from("abcdef")
SIGNS = st.lists(
    st.builds(
        sign, NAMES, st.integers(0, 300), st.sampled_from(["r=1", "r=2"]), in_group=st.sampled_from(["", "X"])
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(SIGNS, st.dictionaries(NAMES, st.lists(NAMES, max_size=3)), st.randoms(use_true_random=False))
def test_every_sign_is_in_one_group_whatever_the_order(signs, calls, random):
    graph = CallGraph(calls)
    found = group(signs, graph)
    assert sorted(at for each in found for at in each.members) == list(range(len(signs)))
    assert all(each.root in each.members for each in found)
    tied = {signs[at].group: number for number, each in enumerate(found) for at in each.members}
    for number, each in enumerate(found):
        assert all(tied["X"] == number for at in each.members if signs[at].group == "X")
    order = list(range(len(signs)))
    random.shuffle(order)
    again = group([signs[at] for at in order], graph)
    if len({(each.service, each.onset) for each in signs}) == len(signs):
        assert {frozenset(order[at] for at in each.members) for each in again} == {
            frozenset(each.members) for each in found
        }


def test_a_stricter_reach_ties_less():
    told = sign("chat", 9), sign("translation", 1)
    assert len(group(told, CallGraph(CALLS), Reach(follow=MINUTE))) == 2
    assert len(group(told, CallGraph(CALLS), Reach(follow=5 * MINUTE, segment=SECOND))) == 1


def test_random_faults_are_told_apart_and_kept_together():
    """Of 400 worlds with 1–3 faults minutes apart: what the decision record promises, and room for chance."""
    score = Score()
    for seed in range(400):
        rng = np.random.default_rng(seed)
        world = make_world(rng, faults=int(rng.integers(1, 4)))
        score.add(world, one_by_one(world))
    assert score.together >= 0.95 * score.alerts
    assert score.astray <= 0.03 * score.alerts
    assert score.pairs > 200
    assert score.merged <= 0.02 * score.pairs


def test_random_faults_hours_apart_are_never_merged():
    score = Score()
    for seed in range(100):
        world = make_world(np.random.default_rng(seed), faults=3, far=True)
        score.add(world, one_by_one(world), related=True)
    assert score.together >= 0.97 * score.alerts
    assert score.merged == 0

"""Announced changes beside a fault that is in the rows: matched, told, or no business of this service."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from aright.core.diagnose import diagnose
from aright.core.diagnose.changes import changes
from aright.core.diagnose.hypothesis import Hypothesis
from aright.core.diagnose.steps import scope
from aright.core.model.change import Change
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.times import SECOND
from tests.unit.core.diagnose.simulation import World, make_case

pytestmark = pytest.mark.usefixtures("scope_once")

EMPTY = World(seed=1, fault="empty", lead_rows=600)


@cache
def case():
    return make_case(EMPTY)


def announced(key, seconds, **told):
    return Change(
        key=key, at=case().current_span[0] + seconds * SECOND, **{"service": "shop", "kind": "deploy", **told}
    )


@cache
def found():
    changes = (
        announced("c1", 20, service="billing", what="invoices"),
        announced("c2", 29, kind="data", what="people"),
        announced("c3", 170, kind="data", what="people.norm"),
        announced("c4", 25, kind="flag", what="banner", after="on"),
        announced("c4", 26, kind="flag", what="banner", after="on"),
    )
    return diagnose(replace(case(), changes=changes))


def told(of):
    return [each for each in found().evidence if each.step is Step.CHANGES and of in each.text]


def test_a_change_of_another_service_is_told_and_blamed_for_nothing():
    (evidence,) = told("invoices")

    assert "is no change of this service" in evidence.text
    assert (evidence.supports, evidence.opposes) == ((), ())
    assert not any(each.subject == "c1" for each in found().causes)


def test_a_change_of_the_source_that_went_empty_speaks_for_it():
    cause = found().causes[0]
    evidence = next(each for each in told("people") if "announces" in each.text)

    assert (cause.kind, cause.subject) == (CauseKind.FEATURE_SOURCE, "people")
    assert evidence.supports == (cause.id,)
    assert evidence.id in cause.evidence_for


def test_the_same_change_after_the_loss_does_not():
    (evidence,) = told("people.norm")

    assert "came after the loss had begun" in evidence.text
    assert evidence.supports == ()
    assert evidence.id not in found().causes[0].evidence_for


def test_a_change_that_is_told_twice_is_one_cause():
    assert len(told("banner")) == 2
    assert [each.subject for each in found().causes].count("c4") == 1
    assert "(unknown → on)" in told("banner")[0].text


def test_a_change_that_nothing_ties_is_no_evidence_for_itself():
    early = replace(case(), changes=(announced("c9", -400, what="theme"), announced("c8", 28, kind="config")))
    found = diagnose(early)
    nine, eight = (each for each in found.evidence if each.step is Step.CHANGES)

    assert "no answers show whether it did it" in nine.text
    assert (nine.supports, len(nine.opposes), nine.weight) == ((), 1, 0.0)
    assert "Against it: all went well for 7 min after it" in nine.text
    assert "For it: the loss began within" in eight.text
    assert (len(eight.supports), eight.opposes) == (1, ())


FIRMWARE = Hypothesis(
    kind=CauseKind.INPUTS, subject="firmware = 2.1", title="", gain=9.0, prior=0.0, seen=True
)


@pytest.mark.parametrize(
    ("told", "same"),
    [
        ({"after": "2.1"}, True),
        ({"what": "firmware"}, True),
        ({"what": "firmware", "after": "3.0"}, False),
        ({"what": "lens"}, False),
    ],
)
def test_a_change_may_announce_inputs_whosever_it_is(told, same):
    scene, _ = scope(case())
    assert scene is not None
    change = announced("c5", 20, service="fleet", **told)
    known, _ = changes(replace(scene, case=replace(case(), changes=(change,))), [FIRMWARE])

    assert (next(each for each in known if each.kind is CauseKind.INPUTS).prior > 0.0) is same

"""Announced changes beside a fault that is in the rows: matched, told, or no business of this service."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from aright.core.diagnose import diagnose
from aright.core.model.change import Change
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.times import SECOND
from tests.unit.core.diagnose.simulation import World, make_case

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

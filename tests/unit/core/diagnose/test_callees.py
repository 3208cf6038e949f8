"""Dependencies: what a service stands on, by contracts and by what services were seen to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aright.core.diagnose.callees import callees, trace_back
from aright.core.diagnose.dependencies.blaming import Blame
from aright.core.diagnose.found import NOTHING
from aright.core.diagnose.steps import scope
from aright.core.model.evidence import CauseKind, Suspect
from aright.core.model.incident import Hit
from tests.unit.core.diagnose.breaks import broken
from tests.unit.core.diagnose.simulation import World, make_case

pytestmark = pytest.mark.usefixtures("scope_once")

QUIET = Suspect(service="shop", probability=0.9, text="its own")
FAR = Suspect(service="index", host="i-2", probability=0.8, onset=7, text="index-2 errs")


def lost(**changes: object):
    return make_case(World(2, "loss-global"), **changes)


def test_without_anything_known_there_is_nothing_to_look_at():
    found = callees(lost(), None, Blame())
    assert (found.state, found.hypotheses) == (NOTHING, ())
    assert trace_back(lost()) == Blame()


def test_a_suspect_becomes_a_cause_with_the_odds_that_telemetry_gives_it():
    case = lost()
    scene, _ = scope(case)
    found = callees(case, scene, Blame(suspects=(FAR, QUIET), path=("index", "shop"), nobody=0.1))
    (cause,) = found.hypotheses
    assert (cause.kind, cause.subject, cause.service) == (CauseKind.DEPENDENCY, "index on i-2", "index")
    assert (round(cause.prior, 3), cause.seen, cause.onset) == (1.386, False, 7)
    assert (found.suspects, found.path) == ((FAR, QUIET), ("index", "shop"))


def test_without_a_loss_the_service_itself_may_be_where_it_began():
    found = callees(lost(), None, Blame(suspects=(QUIET,), drafts=()))
    assert [each.service for each in found.hypotheses] == ["shop"]


def test_a_party_whose_contract_broke_is_no_suspect_beside_it():
    case = lost()
    scene, _ = scope(case)
    assert scene is not None
    told = replace(case, alerts=(*case.alerts, broken(scene.since)))
    scene, _ = scope(told)
    party = callees(told, scene, Blame()).hypotheses[0].subject.split(" ")[0]
    same = Suspect(service=party, probability=0.9)
    found = callees(told, scene, Blame(suspects=(same,)))
    assert [each.kind for each in found.hypotheses] == [CauseKind.CONTRACT]


def test_the_path_goes_from_the_party_through_those_that_were_hit():
    case = lost()
    scene, _ = scope(case)
    assert scene is not None
    hits = (
        Hit(service="desk", onset=5, at=9, callee="chat"),
        Hit(service="chat", onset=9, at=9, callee="shop"),
        Hit(service="shop", onset=7, at=9),
    )
    told = replace(case, alerts=(*case.alerts, broken(scene.since)), hits=hits)
    found = callees(told, scope(told)[0], Blame(path=("other",)))
    assert found.path[1:] == ("shop", "chat", "desk")
    assert found.path[0] == found.hypotheses[0].subject.split(" ")[0]
    endless = replace(
        told, hits=(Hit(service="a", onset=1, at=2, callee="b"), Hit(service="b", onset=1, at=2, callee="a"))
    )
    assert set(callees(endless, scope(endless)[0], Blame()).path[1:]) == {"a", "b"}

"""Broken contracts of dependencies as causes: blamed where they broke before the loss, acquitted after."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from aright.core.diagnose import diagnose
from aright.core.diagnose.contracts import broken_contracts
from aright.core.model.change import Change
from aright.core.model.evidence import CauseKind, Reach, Step, Verdict
from aright.core.model.incident import Hit
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.diagnose.breaks import ENDPOINT, broken
from tests.unit.core.diagnose.simulation import World, make_case

pytestmark = pytest.mark.usefixtures("scope_once")

WORLD = World(seed=1, fault="loss-global", lead_rows=600)


@cache
def case():
    return make_case(WORLD)


@cache
def onset():
    return diagnose(case()).current[0]


def found(*alerts, **told):
    return diagnose(replace(case(), alerts=(*case().alerts, *alerts), **told))


def test_a_contract_that_broke_just_before_the_loss_is_the_likely_cause():
    diagnosis = found(broken(onset() - 20 * SECOND))
    cause = diagnosis.causes[0]
    assert (cause.kind, cause.subject, cause.service) == (CauseKind.CONTRACT, ENDPOINT, "shop")
    assert cause.remedy == "pin_dependency"
    assert cause.features == ("price",)
    assert cause.title == "rates.example changed `price` in its answers"
    assert "in its answers: `price` went from 2 decimals to 0 since 14:02." in diagnosis.summary
    assert diagnosis.verdict is Verdict.LIKELY
    cited = next(each for each in diagnosis.evidence if each.id in cause.evidence_for)
    assert cited.step is Step.DEPENDENCIES
    assert "`price` went from 2 decimals to 0" in cited.text
    assert "100\u202f% of 300 documents" in cited.text


def test_one_that_broke_after_the_loss_had_begun_is_acquitted():
    diagnosis = found(broken(onset() + 4 * MINUTE))
    cause = next(each for each in diagnosis.causes if each.kind is CauseKind.CONTRACT)
    assert diagnosis.causes[0] is not cause
    assert cause.evidence_for == ()
    (against,) = (each for each in diagnosis.evidence if each.id in cause.evidence_against)
    assert "after the loss had begun" in against.text


def test_harmless_news_and_a_contract_that_holds_again_are_no_causes():
    news = broken(onset(), log_e=0.0, threshold=0.0)
    assert broken_contracts([news]) == []
    assert not any(each.kind is CauseKind.CONTRACT for each in found(news).causes)


def test_a_deploy_of_another_service_is_not_blamed_beside_it():
    change = Change(key="c1", at=onset() - 60 * SECOND, service="chat", kind="deploy", what="chat", after="2")
    hits = (
        Hit(service="shop", onset=onset(), at=onset()),
        Hit(service="chat", onset=onset() + 5, at=onset()),
    )
    diagnosis = found(broken(onset() - 20 * SECOND), changes=(change,), hits=hits)
    assert diagnosis.causes[0].kind is CauseKind.CONTRACT
    assert not any(each.subject == "c1" for each in diagnosis.causes)
    (cascade,) = (each for each in diagnosis.evidence if "services are hit" in each.text)
    assert cascade.id in diagnosis.causes[0].evidence_for
    assert "shop from" in cascade.text
    assert "chat from" in cascade.text


def test_a_contract_of_a_service_behind_says_whose_it_is():
    diagnosis = found(broken(onset() - 20 * SECOND, service="pricing"))
    assert diagnosis.causes[0].service == "pricing"


def test_without_answers_that_show_a_loss_the_contract_speaks_for_itself():
    nothing = case().reference.slice(0, 0)
    rest = broken(onset() + SECOND, signal="contract:maps", text="maps: `x` is missing since 14:03")
    bare = replace(case(), reference=nothing, current=nothing, alerts=(broken(onset()), rest))
    diagnosis = diagnose(bare)
    assert diagnosis.verdict is Verdict.LIKELY
    assert diagnosis.scope.reach is Reach.UNCLEAR
    assert [each.subject for each in diagnosis.causes[:2]] == [ENDPOINT, "maps"]
    assert diagnosis.causes[0].evidence_for
    assert "Likely cause" in diagnosis.summary
    assert diagnose(replace(bare, alerts=())).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("signal", "dependency", "endpoint"),
    [
        ("contract:rates.example GET /v1/rates", "rates.example", "GET /v1/rates"),
        ("contract:rates.example POST /v1/orders request", "rates.example", "POST /v1/orders"),
        ("contract:the rates", "the rates", ""),
    ],
)
def test_endpoints_are_read_from_signals(signal, dependency, endpoint):
    (one,) = broken_contracts([broken(0, signal=signal)])
    assert (one.dependency, one.endpoint) == (dependency, endpoint)


def test_long_and_unprintable_words_are_bounded():
    told = broken(onset() - SECOND, text=f"{ENDPOINT}: `a\x00b` " + "x" * 900)
    diagnosis = found(told)
    assert "\x00" not in diagnosis.causes[0].title
    assert all(len(each.text) < 600 and "\x00" not in each.text for each in diagnosis.evidence)


def test_what_the_service_itself_sends_is_not_put_right_by_pinning():
    cause = found(broken(onset() - 20 * SECOND, signal=f"contract:{ENDPOINT} request")).causes[0]
    assert cause.remedy == ""
    assert cause.title.startswith("shop changed its contents in what it sends to rates.example")


def test_of_two_breaks_of_an_endpoint_the_one_nearest_before_the_loss_is_the_cause():
    early = broken(onset() - 6 * MINUTE, text=f"{ENDPOINT}: `note` is new since 13:55")
    after = broken(onset() + 5 * MINUTE, text=f"{ENDPOINT}: `tax` is gone since 14:10")
    near = broken(onset() - 20 * SECOND)
    diagnosis = found(early, after, near)
    causes = [each for each in diagnosis.causes if each.kind is CauseKind.CONTRACT]
    assert len(causes) == 1
    assert causes[0].features == ("price",)
    told = {each.text.split("`")[1]: each for each in diagnosis.evidence if "other answers" in each.text}
    assert causes[0].evidence_for == (told["price"].id,)
    assert (told["note"].supports, told["tax"].opposes) == ((), ())

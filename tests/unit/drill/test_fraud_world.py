"""Payments, the versions trained on them, and what each version is like."""

from __future__ import annotations

import time
from functools import cache

import msgspec
import numpy as np
import pytest

from aright.drill.fraud import names
from aright.drill.fraud.gate import CASES, cases_of
from aright.drill.fraud.messages import FRAUD, HONEST
from aright.drill.fraud.model import Known, chance_of, load, row_of, table_of
from aright.drill.fraud.plan import Fault, Link, Nature, make_plan
from aright.drill.fraud.replaying import Workload, _opened, answer
from aright.drill.fraud.scorer import THRESHOLD, Scorer
from aright.drill.fraud.versions import MARKER, folder_of, make_versions, train
from aright.drill.fraud.world import features_of, make_payments

PLAN = make_plan(4, Fault.ALL)


@cache
def trained(nature):
    return train(PLAN, "5", nature)


@cache
def wrongs(nature):
    """Share of wrong decisions, in the market whose labels come late and elsewhere."""
    seen = make_payments(PLAN, 20_000, np.random.default_rng(1))
    made = trained(nature)
    weights = np.array(made.weights).mean(axis=0)
    wrong = (chance_of(table_of(seen, amount_unit=made.amount_unit), weights) >= THRESHOLD) != seen.fraud
    there = seen.market == names.MARKETS.index(PLAN.market)
    return wrong[there].mean(), wrong[~there].mean()


def known(payments, k):
    market, till = names.MARKETS[payments.market[k]], names.TILLS[payments.till[k]]
    return Known(features_of(payments, k), market, till)


def test_a_good_version_errs_a_little_everywhere():
    assert all(0.03 < share < 0.1 for share in wrongs(Nature.GOOD))


def test_one_whose_labels_of_a_market_had_not_come_errs_much_more_often_there():
    there, elsewhere = wrongs(Nature.SEGMENT)
    before = wrongs(Nature.GOOD)
    assert 2.2 < there / before[0] < 5.5
    assert elsewhere == pytest.approx(before[1], rel=0.1)


def test_one_whose_labels_had_not_come_errs_thrice_as_often_everywhere():
    assert all(
        after > 2 * before for after, before in zip(wrongs(Nature.LABELS), wrongs(Nature.GOOD), strict=True)
    )


def test_amounts_in_cents_turn_many_honest_payers_away():
    assert min(wrongs(Nature.UNITS)) > 0.3


def seconds(scorer, payments):
    """How long each answer takes."""
    for k in range(len(payments)):
        asked = known(payments, k)
        began = time.perf_counter()
        scorer.score(asked)
        yield time.perf_counter() - began


def test_a_slow_version_answers_as_well_and_takes_its_time():
    some = make_payments(PLAN, 40, np.random.default_rng(2))
    took = [min(seconds(Scorer(trained(nature)), some)) for nature in (Nature.GOOD, Nature.SLOW)]
    assert took[1] > 8 * took[0]
    assert wrongs(Nature.SLOW)[1] == pytest.approx(wrongs(Nature.GOOD)[1], abs=0.01)


def test_a_leaking_scorer_allocates_natively_with_every_call_and_keeps_nothing_in_python():
    asked: list[int] = []
    scorer = Scorer(trained(Nature.LEAK))
    scorer._allocate = asked.append  # type: ignore[assignment]  # counts what libc is asked for
    some = make_payments(PLAN, 3, np.random.default_rng(3))
    for k in range(3):
        scorer.score(known(some, k))
    assert asked == [64, 64, 64]
    Scorer(trained(Nature.LEAK)).score(known(some, 0))


def test_a_row_is_what_the_table_has():
    some = make_payments(PLAN, 5, np.random.default_rng(4))
    table = table_of(some, amount_unit=100.0)
    for k in range(5):
        assert row_of(known(some, k), amount_unit=100.0) == pytest.approx(table[k].tolist())


def test_versions_are_kept_and_found_again(tmp_path):
    plan = make_plan(1, Fault.LEAK)
    kept = make_versions(plan, tmp_path)
    assert list(kept) == ["1", "2"]
    assert load(kept["2"]).native_bytes == 64
    assert load(kept["1"]).native_bytes == 0


def test_the_gate_runs_versions_on_stored_features_and_does_not_see_how_they_are_made(tmp_path, monkeypatch):
    plan = make_plan(1, Fault.UNITS)
    make_versions(plan, tmp_path)
    monkeypatch.chdir(tmp_path)
    _opened.cache_clear()
    cases = [case for case, _ in zip(cases_of(plan), range(300), strict=False)]
    for version in ("1", "2"):
        told = answer(version, [msgspec.to_builtins(case) for case in cases])
        right = [one["output"] == {"label": case.label} for one, case in zip(told, cases, strict=True)]
        assert np.mean(right) > 0.85
    assert {case.label for case in cases} == {FRAUD, HONEST}
    _opened.cache_clear()


def test_the_workload_scores_with_the_version_that_imports_find(tmp_path, monkeypatch):
    make_versions(make_plan(1, Fault.LEAK), tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / folder_of("2")))
    monkeypatch.delitem(__import__("sys").modules, MARKER, raising=False)
    workload = Workload()
    assert workload._scorer._native_bytes == 64
    workload()
    monkeypatch.delitem(__import__("sys").modules, MARKER)


def test_of_all_releases_each_nature_comes_once_and_the_forced_one_last():
    assert {one.nature for one in PLAN.releases} == set(Nature)
    assert [one.forced for one in PLAN.releases] == [False] * 5 + [True]
    assert [one.version for one in PLAN.releases] == ["2", "3", "4", "5", "6", "7"]
    orders = {tuple(one.nature for one in make_plan(seed, Fault.ALL).releases) for seed in range(20)}
    assert len(orders) > 10


@pytest.mark.parametrize(
    ("fault", "links"),
    [
        (Fault.GOOD, [None, None]),
        (Fault.SEGMENT, [Link.CANARY, Link.CANARY]),
        (Fault.UNITS, [Link.SHADOW, Link.CANARY]),
        (Fault.SLOW, [Link.GATE, Link.GATE]),
        (Fault.LEAK, [Link.GATE, Link.GATE]),
        (Fault.FORCED, [Link.PRODUCTION, Link.PRODUCTION]),
    ],
)
def test_even_and_odd_seeds_have_releases_go_by_other_links(fault, links):
    assert [make_plan(seed, fault).releases[0].stopped_at for seed in (0, 1)] == links


def test_a_seed_below_zero_is_refused():
    with pytest.raises(ValueError, match="0 or more"):
        make_plan(-1, Fault.ALL)


def test_cases_are_labelled_payments_of_markets_whose_labels_have_come():
    cases = list(cases_of(PLAN))
    assert 0.75 * CASES < len(cases) < 0.9 * CASES
    assert PLAN.market not in {case.attributes[names.MARKET] for case in cases}

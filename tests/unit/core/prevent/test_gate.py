"""Checks of the gate: what passes, what closes it, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from aright.core.model.guard import Guard
from aright.core.model.replay import Output, Stored
from aright.core.prevent.gate import (
    Case,
    Check,
    ContractPlan,
    GatePlan,
    GoldenPlan,
    LatencyPlan,
    Paired,
    QualityPlan,
    Report,
    SizePlan,
    State,
    contract_fit,
    golden,
    guarded,
    latency,
    memory_check,
    not_asked,
    quality,
    report_of,
    size,
)
from aright.core.prevent.gate.golden import same
from aright.core.prevent.gate.plan import RunPlan
from aright.core.prevent.gate.report import plain
from aright.core.prevent.memory import Call, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.prevent.gate.quality import Floats

PLAN = QualityPlan(file="f", segments=("country",))


def case(name: str, expected: Output | None) -> Case:
    return Case(stored=Stored(id=name), expected=expected)


def test_golden_outputs():
    cases = [case("a", Output(label="cat")), case("b", Output(score=0.5)), case("c", None)]
    good = [Output(label="cat", confidence=0.1), Output(number=0.5), Output(label="x")]
    plan = GoldenPlan(file="f")
    passed = golden(cases, good, plan)
    assert passed.line == "✓ golden: 2 of 2 outputs are as expected; 1 cases say nothing of what is expected"
    bad = [Output(label="dog\x1b[31m"), Output(error="no"), Output()]
    failed = golden(cases, bad, plan)
    assert failed.state is State.FAILED
    assert failed.text.startswith(
        "2 of 2 outputs differ: a: label 'cat' → label 'dog\\x1b[31m'; b: score 0.5 → error no"
    )
    some = golden(cases, [bad[0], good[1], good[2]], GoldenPlan(file="f", allow=1))
    assert some.state is State.PASSED
    assert "1 differ and 1 may" in some.text
    assert "1 may" in golden(cases, bad, GoldenPlan(file="f", allow=1)).text
    assert golden(cases[2:], good[2:], plan).state is State.FAILED
    nothing = golden([case("a", Output(items=("x",)))], [Output()], plan)
    assert nothing.text.endswith("items ('x',) → nothing")


@pytest.mark.parametrize(
    ("expected", "got", "equal"),
    [
        (Output(number=100.0), Output(number=100.9), True),
        (Output(number=100.0), Output(number=101.1), False),
        (Output(number=0.0), Output(number=0.4), True),
        (Output(text="a"), Output(label="a"), True),
        (Output(text="a"), Output(number=1.0), False),
        (Output(label="1"), Output(items=("1",)), False),
        (Output(items=("a", "b")), Output(items=("a", "b")), True),
        (Output(items=("a", "b")), Output(items=("b", "a")), False),
        (Output(error="no"), Output(error="other"), True),
        (Output(error="no"), Output(label="a"), False),
        (Output(label="a"), Output(error="no"), False),
        (Output(score=0.5), Output(label="0.5"), False),
    ],
)
def test_what_is_the_same_output(expected: Output, got: Output, equal: bool):
    assert same(expected, got, absolute=0.5, relative=0.01) is equal


def losses(n: int, share: float, seed: int) -> Floats:
    found: Floats = (np.random.default_rng(seed).random(n) < share).astype(np.float64)
    return found


def paired(
    champion: Sequence[float] | Floats, candidate: Sequence[float] | Floats, countries: Sequence[str] = ()
) -> Paired:
    n = len(champion)
    return Paired(
        champion=np.asarray(champion, dtype=np.float64),
        candidate=np.asarray(candidate, dtype=np.float64),
        units=[str(at) for at in range(n)],
        attributes={"country": countries or ["DE"] * n},
    )


def test_as_good_a_version_passes():
    champion = losses(4_000, 0.05, 1)
    candidate = champion.copy()
    candidate[:20] = 1 - candidate[:20]
    found = quality(paired(champion, candidate, ["DE", "FR"] * 2_000), PLAN)
    assert [check.state for check in found] == [State.PASSED, State.PASSED]
    assert "2 segments by country: none is worse" in found[1].text


def test_a_worse_version_is_told_with_its_numbers():
    champion = losses(4_000, 0.05, 1)
    candidate = np.maximum(champion, losses(4_000, 0.05, 2))
    whole = quality(paired(champion, candidate), QualityPlan(file="f"))
    assert [check.state for check in whole] == [State.FAILED]
    assert "worse by" in whole[0].text
    assert whole[0].next == "mend the version"


def test_the_segment_that_is_worse_is_named():
    champion = losses(6_000, 0.05, 1)
    candidate = champion.copy()
    countries = ["BR" if at % 12 == 0 else "DE" if at % 2 else "FR" for at in range(6_000)]
    brazil = np.array([country == "BR" for country in countries])
    candidate[brazil] = np.maximum(candidate[brazil], losses(int(brazil.sum()), 0.2, 3))
    found = quality(paired(champion, candidate, countries), PLAN)
    failed = [check.name for check in found if check.state is State.FAILED and "mend" in check.next]
    assert failed == ["quality country=BR"]


def test_too_few_cases_are_said_and_not_passed():
    few = quality(paired([0.0] * 60, [0.0] * 60), QualityPlan(file="f"))
    assert few[0].state is State.FAILED
    assert "that it is not worse is not shown" in few[0].text
    assert "give about" in few[0].next
    hardly = quality(paired([0.0] * 5, [0.0] * 5), PLAN)
    assert hardly[0].text.startswith("5 cases can be judged: too few")
    unknown = quality(paired([float("nan")] * 50, [0.0] * 50), PLAN)
    assert unknown[0].text.startswith("0 of 50 cases can be judged")


def test_units_count_and_not_rows():
    rows = paired([0.0] * 2_000, [0.0] * 2_000)
    one = Paired(rows.champion, rows.candidate, ["u"] * 2_000, {})
    assert quality(one, QualityPlan(file="f"))[0].state is State.FAILED
    some = Paired(rows.champion, rows.candidate, [str(at % 20) for at in range(2_000)], {})
    assert quality(some, QualityPlan(file="f"))[0].state is State.FAILED
    assert quality(rows, QualityPlan(file="f"))[0].state is State.PASSED


def test_small_segments_are_judged_together():
    countries = [f"c{at}" if at < 600 and at % 2 else "DE" for at in range(3_000)]
    found = quality(paired([0.0] * 3_000, [0.0] * 3_000, countries), PLAN)
    assert found[1].text.startswith("2 segments by country")
    worse = [1.0 if country != "DE" else 0.0 for country in countries]
    told = quality(paired([0.0] * 3_000, worse, countries), PLAN)
    assert "quality small segments together" in [check.name for check in told]
    lonely = ["XX" if at < 3 else "DE" for at in range(3_000)]
    assert "too few" in quality(paired([0.0] * 3_000, [0.0] * 3_000, lonely), PLAN)[1].text


def test_a_segment_that_no_case_has_is_a_mistake():
    missing = quality(paired([0.0] * 500, [0.0] * 500), QualityPlan(file="f", segments=("city",)))
    assert missing[1].line == "✗ quality by segment: no case has a value of city"


def test_an_answer_that_is_missing_is_a_total_loss():
    candidate = [float("nan")] * 100 + [0.0] * 900
    found = quality(paired([0.0] * 1_000, candidate), QualityPlan(file="f"))
    assert "(100 without an answer)" in found[0].text
    assert found[0].state is State.FAILED


def test_good_versions_pass_and_versions_at_the_margin_hardly_ever():
    passed = {0.0: 0, 0.02: 0}
    for extra in passed:
        for seed in range(200):
            rng = np.random.default_rng(seed)
            champion = (rng.random(2_000) < 0.05).astype(np.float64)
            swapped = rng.random(2_000) < 0.02
            candidate = np.where(swapped, rng.random(2_000) < 0.05, champion).astype(np.float64)
            candidate[rng.random(2_000) < extra / 0.95] = 1.0
            found = quality(paired(champion, candidate), QualityPlan(file="f"))
            passed[extra] += found[0].state is State.PASSED
    assert passed[0.0] >= 190
    assert passed[0.02] <= 19  # 5 % and three deviations of 200 trials


@pytest.mark.parametrize(("factor", "p50"), [(1.0, State.PASSED), (1.5, State.FAILED)])
def test_latency(factor: float, p50: State):
    rng = np.random.default_rng(1)
    machine = rng.gamma(9.0, 1.0, 1_000)
    found = latency(machine, factor * machine * rng.uniform(0.9, 1.1, 1_000), LatencyPlan(file="f"), rng)
    assert [check.name for check in found] == ["latency p50", "latency p99"]
    assert found[0].state is p50
    assert "in turns" in found[0].text


def test_latency_limits_and_too_few():
    rng = np.random.default_rng(1)
    ms = rng.gamma(9.0, 1.0, 100)
    assert latency(ms, ms[:20], LatencyPlan(file="f"), rng)[0].state is State.FAILED
    short = latency(ms, ms, LatencyPlan(file="f"), rng)[1]
    assert short.state is State.PASSED
    assert "too few answers to close by" in short.text
    alone = latency(None, ms, LatencyPlan(file="f"), rng)
    assert "nothing to hold it against" in alone[0].text
    limited = latency(None, ms, LatencyPlan(file="f", p99_ms=1.0), rng)
    assert [(check.name, check.state) for check in limited] == [("latency limit", State.FAILED)]
    assert latency(None, ms, LatencyPlan(file="f", p99_ms=100.0), rng)[0].state is State.PASSED
    noisy = latency(ms, ms[::-1] * rng.lognormal(0.2, 1.0, 100), LatencyPlan(file="f"), rng)
    assert "that it is slower is not shown, nor that it is not" in noisy[0].text


def test_size():
    assert size(100, None, SizePlan(artifact="a", most=200)).state is State.PASSED
    assert size(300, None, SizePlan(artifact="a", most=200)).state is State.FAILED
    assert size(300, 250, SizePlan(artifact="a")).line.startswith("✓ size: 300 B, ×1.20 of 250 B before")
    assert "nothing to hold it against" in size(3, None, SizePlan(artifact="a")).text
    assert size(0, 5, SizePlan(artifact="a")).state is State.FAILED


def scored(top: float, n: int = 400) -> list[Output]:
    return [Output(score=top * at / n) for at in range(n)]


def test_contract_fit():
    plan = ContractPlan(file="f")
    assert contract_fit(scored(1.0), scored(1.0), None, plan).state is State.PASSED
    scaled = contract_fit(scored(1.0), scored(100.0), None, plan)
    assert scaled.state is State.FAILED
    assert "score" in scaled.text
    listed = [Output(items=("a", "b")) for _ in range(400)]
    other = contract_fit(scored(1.0), listed, None, plan)
    assert other.state is State.FAILED
    assert "too few to learn from" in contract_fit(scored(1.0, 50), scored(1.0, 50), None, plan).text
    assert "no champion to learn from" in contract_fit([], scored(1.0), None, plan).text


def test_outputs_fit_a_schema():
    plan = ContractPlan(file="f")
    schema = {"type": "object", "required": ["score"], "properties": {"score": {"maximum": 1}}}
    assert contract_fit([], scored(1.0), schema, plan).line == "✓ contract: 400 outputs fit the schema"
    both = contract_fit(scored(1.0), scored(1.0), schema, plan)
    assert both.text.endswith("; 400 outputs fit the schema")
    bad = contract_fit([], scored(2.0), schema, plan)
    assert bad.state is State.FAILED
    assert "outputs do not fit the schema, such as" in bad.text


def test_what_is_merely_suspicious_closes_where_it_is_asked_for():
    rng = np.random.default_rng(3)
    old = [Output(label="yes" if rng.random() < 0.5 else "no") for _ in range(1_000)]
    new = [Output(label="yes" if rng.random() < 0.8 else "no") for _ in range(1_000)]
    told = contract_fit(old, new, None, ContractPlan(file="f"))
    strict = contract_fit(old, new, None, ContractPlan(file="f", suspicious=True))
    assert (told.state, strict.state) == (State.PASSED, State.FAILED)
    assert ", but: " in told.text


def test_guards():
    guard = Guard(
        key="G-1",
        service="s",
        incident="INC-1",
        kind="source_contract",
        subject="f",
        title="f is there",
        limits={"null_share:f": 0.1},
        min_rows=20,
        created_at=0,
    )
    good = pa.table({"feat.f": [1.0] * 100})
    assert guarded([guard], good)[0].line == "✓ guard G-1: f is there: kept on 100 rows"
    broken = guarded([guard], pa.table({"feat.f": pa.array([None] * 100, pa.float64())}))[0]
    assert broken.state is State.FAILED
    assert broken.next == "see INC-1"
    assert "too few to judge" in guarded([guard], good.slice(0, 5))[0].text


def test_reports():
    open_ = report_of(
        "s", "2", "1", [not_asked("size", "size: …"), Check(name="a", state=State.PASSED, text="t")]
    )
    assert not open_.closed
    told = msgspec.json.decode(msgspec.json.encode(open_))
    assert {"schema", "service", "version", "closed", "checks"} <= set(told)
    assert told["checks"][0] == {"name": "size", "state": "not_run", "text": "not asked", "next": "size: …"}
    assert msgspec.json.decode(msgspec.json.encode(open_), type=Report) == open_
    for call, state in (
        (Call.LEAK, State.FAILED),
        (Call.SETTLING, State.PASSED),
        (Call.UNSURE, State.FAILED),
    ):
        assert memory_check(Verdict(call=call), "x").state is state
    assert plain("a\nb") == "a b"


def test_plans_refuse_what_they_do_not_know():
    assert msgspec.convert({"golden": {"file": "f"}}, GatePlan).golden == GoldenPlan(file="f")
    mistakes: tuple[dict[str, object], ...] = (
        {"golde": {}},
        {"golden": {}},
        {"quality": {"file": "f", "margin": 2}},
        {"latency": {"file": ""}},
    )
    for wrong in mistakes:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, GatePlan)
    assert RunPlan(url="http://x", model="y").replay() is None
    assert RunPlan().replay() is None
    assert "hidden" not in repr(RunPlan(url="http://x", secret="hidden"))

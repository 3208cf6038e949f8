"""Who is to blame, on made-up systems: other names, other calls and other faults for every seed."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose.dependencies.accounting import account_of
from aright.core.diagnose.dependencies.blaming import blame
from aright.core.diagnose.dependencies.findings import sentence
from aright.core.diagnose.dependencies.graph import Graph
from aright.core.diagnose.dependencies.panel import panel_of
from aright.core.diagnose.dependencies.symptom import Symptom
from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.frame import Kind
from aright.core.model.tables import empty
from aright.core.model.times import SECOND
from tests.unit.core.diagnose.dependencies.town import Fault, town

KINDS = ["busy", "slow", "failing"]


def first(telemetry):
    found = blame(telemetry)
    assert found.suspects
    tied = [each for each in found.ranking if each.score >= found.ranking[0].score]
    return found.suspects[0].service if len(tied) == 1 else ""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_service_that_broke_is_named_and_the_way_from_it(kind, seed):
    made = town(seed, Fault(kind=kind))
    found = blame(made.telemetry)
    assert found.suspects[0].service == made.cause
    assert (found.path[0], found.path[-1]) == (made.cause, made.telemetry.target)
    assert found.nobody < 0.2
    assert sum(each.probability for each in found.ranking) + found.nobody == pytest.approx(1.0)
    assert abs(found.suspects[0].onset - made.telemetry.at) < 180 * SECOND
    assert found.suspects[0].internal == (kind == "busy")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("left_out", ["calls", "signal", "target"])
def test_it_is_named_without_graph_metric_or_target(kind, left_out):
    made = town(2, Fault(kind=kind))
    less = {
        "calls": replace(made.telemetry, calls=()),
        "signal": replace(made.telemetry, signal=""),
        "target": replace(made.telemetry, target="", signal=""),
    }
    assert first(less[left_out]) == made.cause


def test_a_busy_service_is_named_where_nothing_but_metrics_is_known():
    made = town(1, Fault(kind="busy"))
    assert first(replace(made.telemetry, calls=(), target="", signal="")) == made.cause


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", [-60, 60])
def test_a_told_onset_that_is_a_minute_off_changes_nothing(kind, by):
    made = town(3, Fault(kind=kind))
    start, end = made.telemetry.current
    off = replace(
        made.telemetry, at=made.telemetry.at + by * SECOND, current=(start + by * SECOND, end + by * SECOND)
    )
    assert first(off) == made.cause


@pytest.mark.parametrize("kind", KINDS)
def test_a_tenth_of_all_samples_and_an_edge_may_be_missing(kind):
    made = town(4, Fault(kind=kind))
    rows = made.telemetry.metrics
    kept = np.random.default_rng(4).random(rows.num_rows) > 0.1
    thin = replace(made.telemetry, metrics=rows.filter(pa.array(kept)), calls=tuple(made.telemetry.calls[1:]))
    assert first(thin) == made.cause


def test_the_one_host_that_broke_is_named():
    made = town(5, Fault(kind="slow", hosts=(1,)))
    suspect = blame(made.telemetry).suspects[0]
    assert (suspect.service, suspect.host) == (made.cause, "h1")


def test_harm_of_one_host_of_the_target_is_charged_as_well():
    made = town(0, Fault(kind="slow"))
    assert first(replace(made.telemetry, host="h0")) == made.cause


@pytest.mark.parametrize("kind", ["none", "crowd"])
@pytest.mark.parametrize("seed", [1, 3])
def test_nobody_is_blamed_when_all_is_well_or_only_more_users_came(kind, seed):
    found = blame(town(seed, Fault(kind=kind)).telemetry)
    assert found.suspects == ()
    assert found.path == ()
    assert found.nobody > 0.5


def test_a_target_without_harm_or_without_metrics_blames_nobody():
    made = town(1, Fault(kind="none"))
    assert blame(replace(made.telemetry, metrics=empty(Kind.PROCESS))).nobody > 0.9
    assert blame(replace(made.telemetry, target="elsewhere")).suspects == ()
    assert blame(replace(made.telemetry, signal="cpu_percent")).suspects == ()


def test_a_target_that_is_better_than_usual_is_not_harmed():
    made = town(1, Fault(kind="none"))
    rows = made.telemetry.metrics.to_pydict()
    start = made.telemetry.current[0]
    for at, (when, name) in enumerate(zip(rows["time"], rows["name"], strict=True)):
        if name == made.telemetry.signal and when.timestamp() * SECOND >= start:
            rows["value"][at] = 0.0
    better = pa.Table.from_pydict(rows, schema=made.telemetry.metrics.schema)
    found = blame(replace(made.telemetry, metrics=better))
    assert found.nobody > 0.9
    assert "is not worse than usual" in found.drafts[0].text


def test_a_host_that_the_target_does_not_have_blames_nobody():
    assert blame(replace(town(1, Fault(kind="none")).telemetry, host="h9")).suspects == ()


def test_a_reference_of_many_windows_makes_surer():
    made = town(1, Fault(kind="slow", at=2))
    start, _ = made.telemetry.current
    brief = blame(replace(made.telemetry, current=(start, start + 240 * SECOND)))
    assert brief.suspects[0].service == made.cause
    assert brief.nobody < blame(made.telemetry).nobody


def lone(symptoms, calls=()):
    telemetry = Telemetry(at=0, reference=(0, 100), current=(100, 200), calls=calls)
    return blame(telemetry, symptoms)


def symptom(node, *, internal, score=300.0, share=0.0, source="spans", onset=0):
    return Symptom(
        node=node, source=source, signal="self time of x", internal=internal, score=score, before=1.0,
        now=9.0, share=share, onset=onset, text=f"{node[0]} is slow.",
    )  # fmt: skip


def test_internal_and_external_together_mark_a_cause_and_external_alone_a_victim():
    found = lone(
        [
            symptom(("front", ""), internal=False, share=1.0),
            symptom(("back", ""), internal=False, share=0.9),
            symptom(("back", "b1"), internal=True, share=0.8, onset=150),
        ],
        calls=(("front", "back"),),
    )
    assert [each.service for each in found.suspects] == ["back", "front"]
    assert found.suspects[0].probability > 0.8
    assert found.suspects[0].onset == 150
    assert found.suspects[0].text == "back is slow."


def test_symptoms_whose_share_is_not_told_count_by_how_far_they_went():
    found = lone(
        [symptom(("a", ""), internal=True, score=200.0), symptom(("b", ""), internal=True, score=20.0)]
    )
    assert [each.service for each in found.suspects] == ["a", "b"]


def test_weak_symptoms_blame_nobody_but_are_ranked():
    found = lone([symptom(("a", ""), internal=True, score=2.0, source="logs")])
    assert found.suspects == ()
    assert [each.service for each in found.ranking] == ["a"]
    assert lone([symptom(("a", ""), internal=True, score=0.0)]).ranking == ()


def test_traces_may_outweigh_the_metrics_account():
    made = town(1, Fault(kind="slow"))
    other = next(callee for _, callee in made.telemetry.calls if callee != made.cause)
    found = blame(made.telemetry, [symptom((other, ""), internal=True, score=900.0, share=1.0)])
    assert other in {each.service for each in found.suspects[:2]}


def test_who_only_passes_harm_on_is_told_of_by_its_symptoms():
    made = town(2, Fault(kind="busy"))
    panel = panel_of(made.telemetry)
    assert panel is not None
    account = account_of(panel, made.telemetry, Graph(made.telemetry.calls))
    assert account is not None
    assert account.charge is not None
    victim = account.ledger.keys[int(np.argmin(account.charge.own))]
    assert sentence(victim, account, [symptom(victim, internal=False)]) == f"{victim[0]} is slow."
    assert sentence(victim, account, []) == ""


def test_findings_lead_back_to_their_rows():
    made = town(2, Fault(kind="busy"))
    drafts = blame(made.telemetry).drafts
    assert "deviations worse than usual" in drafts[0].text
    assert any("% of the harm by itself" in each.text for each in drafts)
    busy = next(each for each in drafts if "cpu_percent" in each.query)
    assert f"\"service\" = '{made.cause}'" in busy.query
    assert busy.supports == (f"dependency:{made.cause}",)
    assert busy.before is not None
    assert busy.now is not None
    assert busy.now > busy.before


def test_what_began_to_be_called_is_no_cause_its_caller_is():
    made = town(0, Fault(kind="failing"))
    rows = made.telemetry.metrics.to_pydict()
    failing = [
        at for at, (service, name) in enumerate(zip(rows["service"], rows["name"], strict=True))
        if service == made.cause and name == "error_ratio"
    ]  # fmt: skip
    start = made.telemetry.current[0]
    added = {
        column: [rows[column][at] for at in failing if rows["time"][at].timestamp() * SECOND >= start]
        for column in rows
    }
    added["service"] = ["brand-new"] * len(added["time"])
    metrics = pa.concat_tables(
        [made.telemetry.metrics, pa.Table.from_pydict(added, schema=made.telemetry.metrics.schema)]
    )
    found = blame(
        replace(made.telemetry, metrics=metrics, calls=(*made.telemetry.calls, (made.cause, "brand-new")))
    )
    assert found.suspects[0].service == made.cause


@pytest.mark.parametrize("name", ["errors", "availability"])
def test_failures_may_be_counted_or_told_as_the_share_that_went_well(name):
    made = town(6, Fault(kind="failing"))
    rows = made.telemetry.metrics.to_pydict()
    requests = {
        (rows["time"][at], rows["service"][at], rows["host"][at]): value
        for at, value in enumerate(rows["value"]) if rows["name"][at] == "requests"
    }  # fmt: skip
    for at, old in enumerate(rows["name"]):
        if old == "error_ratio":
            key = (rows["time"][at], rows["service"][at], rows["host"][at])
            share = rows["value"][at]
            rows["name"][at] = name
            rows["value"][at] = share * requests[key] if name == "errors" else 100.0 * (1.0 - share)
    metrics = pa.Table.from_pydict(rows, schema=made.telemetry.metrics.schema)
    assert first(replace(made.telemetry, metrics=metrics, signal=name)) == made.cause


def test_services_whose_traffic_nobody_counts_are_charged_all_the_same():
    made = town(6, Fault(kind="slow"))
    names = made.telemetry.metrics["name"].to_pylist()
    without = pa.array([name != "requests" for name in names])
    found = blame(replace(made.telemetry, metrics=made.telemetry.metrics.filter(without)))
    assert made.cause in {each.service for each in found.ranking[:3]}


def test_a_new_host_of_a_known_service_is_held_to_what_is_usual_for_the_others():
    made = town(7, Fault(kind="slow"))
    rows = made.telemetry.metrics.to_pydict()
    start = made.telemetry.current[0]
    gone = [
        not (host == "h1" and service == made.cause and at.timestamp() * SECOND < start)
        for host, service, at in zip(rows["host"], rows["service"], rows["time"], strict=True)
    ]
    assert first(replace(made.telemetry, metrics=made.telemetry.metrics.filter(pa.array(gone)))) == made.cause


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_who_calls_the_target_is_never_what_hurts_it(kind, seed):
    made = town(seed, Fault(kind=kind))
    callers = Graph(made.telemetry.calls).callers_alone(made.cause)
    assert made.telemetry.target in callers
    found = blame(replace(made.telemetry, target=made.cause))
    assert found.suspects[0].service == made.cause
    assert found.path == (made.cause,)
    assert not callers & {each.service for each in found.ranking}

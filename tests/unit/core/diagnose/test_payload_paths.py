"""Payloads tied to answers by trace: a dependency's answers that moved, and the rows that lost."""

import json
from base64 import b64encode
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from msgspec import structs

from aright.core.diagnose import diagnose
from aright.core.diagnose.chain import merged
from aright.core.diagnose.hypothesis import Hypothesis
from aright.core.diagnose.leaves import MOST_PATHS, Leaf, columns_of, leaves_of, shape_of
from aright.core.diagnose.payload_paths import MOST_TIED, tied
from aright.core.diagnose.scene import open_scene
from aright.core.model.columns import CATEGORY
from aright.core.model.contracts import SIGNAL
from aright.core.model.evidence import CauseKind, Step, Verdict
from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS
from aright.core.model.times import SECOND
from tests.unit.core.diagnose.fleet import Fleet, make_fleet
from tests.unit.core.diagnose.simulation import World, alert, make_case

pytestmark = pytest.mark.usefixtures("scope_once")

RATES = "rates.example GET /v1/rates"


def traced(case):
    """Return the case with a trace per answer."""
    return replace(
        case,
        reference=case.reference.append_column(
            "trace_id", [[f"r{at}" for at in range(case.reference.num_rows)]]
        ),
        current=case.current.append_column("trace_id", [[f"c{at}" for at in range(case.current.num_rows)]]),
    )


@cache
def of_rates(seed=1):
    return payloads(world("loss-segment", seed), rates, seed=seed)


def payloads(case, body, *, seed=0, share=0.8, **columns):
    """Return a document per answer (most of them): ``body(row, late, rng)`` says what stands in it."""
    rng = np.random.default_rng([seed, 3])
    onset = case.current_span[0] + 30 * SECOND
    rows = []
    for table in (case.reference, case.current):
        for row in table.to_pylist():
            if rng.random() < share:
                at = int(row["time"].timestamp() * SECOND)
                rows.append((row["time"], row["trace_id"], json.dumps(body(row, at >= onset, rng)).encode()))
    size = len(rows)
    given = {
        "time": pa.array([row[0] for row in rows], pa.timestamp("us", tz="UTC")),
        "service": ["shop"] * size,
        "dependency": pa.array(["rates.example"] * size).cast(CATEGORY),
        "endpoint": pa.array(["GET /v1/rates"] * size).cast(CATEGORY),
        "direction": pa.array(["response"] * size).cast(CATEGORY),
        "status": pa.array([200] * size, pa.int32()),
        "latency_ms": pa.nulls(size, pa.float32()),
        "version": pa.nulls(size, CATEGORY),
        "trace_id": [row[1] for row in rows],
        "body": pa.array([row[2] for row in rows], pa.binary()),
    } | columns
    return pa.table({name: given[name] for name in FIELDS[Kind.PAYLOADS]})


def rates(row, late, rng, *, hit=lambda row: row["attr.shelf"] == "s3"):
    price = round(float(rng.gamma(4.0, 5.0)), 2)
    moved = late and hit(row)
    return {"price": price * 100 if moved else price, "currency": str(rng.choice(["EUR", "USD"])), "at": None}


@cache
def world(fault, seed=1):
    return traced(
        make_case(World(seed=seed, fault=fault, lead_rows=600, reference_rows=1_800, current_rows=1_800))
    )


@cache
def scene_of():
    scene = open_scene(world("loss-segment"))
    assert scene is not None
    return scene


def tied_with(table):
    scene = scene_of()
    return tied(replace(scene, case=replace(scene.case, payloads=table)))


def broken(case, *, paths="`price`", since=0):
    told = alert(SIGNAL + RATES, case.current_span[0] + 60 * SECOND)
    text = f"{RATES}: {paths} went from 2 decimals to 0 since 14:02"
    return structs.replace(told, text=text, harm=False, since=case.current_span[0] + 30 * SECOND + since)


def inputs_text(found):
    return " ".join(each.text for each in found.evidence if each.step is Step.INPUTS)


@pytest.mark.parametrize("seed", range(3))
def test_answers_of_a_dependency_that_go_with_the_loss_are_confirmed_by_their_rows(seed):
    case = world("loss-segment", seed)
    found = diagnose(replace(case, payloads=of_rates(seed)))
    cause = found.causes[0]
    assert (cause.kind, cause.subject, cause.remedy) == (CauseKind.CONTRACT, RATES, "pin_dependency")
    assert found.verdict is Verdict.CONFIRMED
    assert cause.features[0] == "price"
    assert cause.explained > 0.6
    assert "with what was answered by rates.example GET /v1/rates: price is above all" in inputs_text(found)


def test_a_broken_contract_is_one_hypothesis_and_goes_with_its_rows():
    case = world("loss-segment")
    alone = diagnose(replace(case, alerts=(*case.alerts, broken(case))))
    both = diagnose(replace(case, alerts=(*case.alerts, broken(case)), payloads=of_rates()))
    for found, verdict in ((alone, Verdict.LIKELY), (both, Verdict.CONFIRMED)):
        assert found.causes[0].subject == RATES
        assert found.verdict is verdict
        assert sum(each.subject == RATES for each in found.causes) == 1


def test_a_contract_whose_rows_are_well_is_cleared():
    case = world("loss-segment")
    other = payloads(
        case, lambda row, late, rng: rates(row, late, rng, hit=lambda row: row["attr.shelf"] == "s1")
    )
    found = diagnose(replace(case, alerts=(*case.alerts, broken(case)), payloads=other))
    guilty = next(each for each in found.causes if each.subject == RATES)
    assert guilty.probability < 0.1
    assert found.causes[0].kind is CauseKind.OUTSIDE


def test_payloads_that_did_not_move_are_said_not_to_have():
    case = world("loss-segment")
    quiet = payloads(case, lambda row, _, rng: rates(row, False, rng))
    found = diagnose(replace(case, payloads=quiet))
    assert "paths of what goes to and comes from rates.example GET /v1/rates none moved" in inputs_text(found)
    assert found.causes[0].kind is CauseKind.OUTSIDE


def test_what_the_service_itself_sends_is_told_and_not_blamed():
    case = world("loss-segment")
    sent = of_rates()
    sent = sent.set_column(4, "direction", pa.array(["request"] * sent.num_rows).cast(CATEGORY))
    found = diagnose(replace(case, payloads=sent))
    assert "with what was sent to rates.example GET /v1/rates: price" in inputs_text(found)
    assert not any(each.kind is CauseKind.CONTRACT for each in found.causes)


def test_payloads_that_a_new_build_of_devices_moved_are_its_doing():
    case = traced(make_fleet(Fleet(seed=1, fault="build", reference_rows=2_400, current_rows=1_800)))

    def resized(row, late, rng):
        return {"light": row["feat.small.light"], "size": int(rng.integers(3, 9))}

    found = diagnose(replace(case, payloads=payloads(case, resized)))
    assert found.causes[0].subject == "build = A-2"
    assert found.verdict is Verdict.CONFIRMED
    assert "That came with build = A-2, and not without it." in inputs_text(found)


def test_payloads_without_traces_failed_ones_and_none_tie_nothing():
    case = world("loss-segment")
    some = of_rates()
    failed = some.set_column(5, "status", pa.array([503] * some.num_rows, pa.int32()))
    nobody = some.set_column(8, "trace_id", pa.nulls(some.num_rows, pa.string()))
    few = some.slice(0, 40)
    for table in (failed, nobody, few, some.slice(0, 0), None):
        assert tied_with(table) == []
    scene = scene_of()
    bare = replace(scene.whole, table=scene.whole.table.drop_columns(["trace_id"]))
    assert tied(replace(scene, whole=bare, case=replace(case, payloads=some))) == []
    without = some.drop_columns("trace_id")
    assert tied(replace(scene, case=replace(case, payloads=without))) == []
    assert diagnose(replace(case, payloads=without)).causes


def test_of_many_documents_some_are_looked_into_whatever_their_order():
    case = world("loss-segment")
    table = payloads(case, rates, share=1.0)
    (one,) = tied_with(table)
    (two,) = tied_with(table.take(pa.array(np.arange(table.num_rows)[::-1])))
    assert len(one.scene.whole) <= 2 * MOST_TIED
    assert (one.scene.whole.time == two.scene.whole.time).all()


def test_hostile_documents_are_bounded():
    assert leaves_of(b"not json") is None
    assert leaves_of(b"[" * 100_000) is None
    assert leaves_of(b'"' + b"x" * (65 << 10) + b'"') is None
    wide = leaves_of(json.dumps({f"k{at}": at for at in range(2_000)}).encode())
    assert wide is not None
    assert len(wide) <= MOST_PATHS
    deep = leaves_of(b'{"a":' * 60 + b"1" + b"}" * 60)
    assert deep == {}
    assert leaves_of(b"[1, 2, 3]") == {"number of $": 3.0, "[]": 2.0}
    assert leaves_of(b'{"a": [], "b": ["x", 1], "c": [[1]], "d": [{"e": "x"}, {"e": 2}]}') == {
        "number of a": 0.0,
        "number of b": 2.0,
        "b[]": "x",
        "number of c": 1.0,
        "number of d": 2.0,
        "d[].e": "x",
    }
    assert leaves_of(b'{"a": 1e308}') == {"a": float("inf")}


def test_paths_are_numbers_categories_or_shapes():
    many = [f"id-{at:05}" for at in range(200)]
    records: list[dict[str, Leaf] | None] = []
    records += [{"n": 1.25, "s": "EUR", "i": many[at]} for at in range(200)]
    records += [{"n": "1", "s": 5.0, "i": None}, None]
    found = columns_of(records, [True] * 200 + [False] * 2)
    assert list(found) == ["n", "decimals of n", "s", "length of s", "shape of i", "length of i"]
    assert found["decimals of n"][0].as_py() == 2.0
    assert np.isnan(found["n"][200].as_py())
    assert found["s"][200].as_py() == "number 5"
    assert found["shape of i"][0].as_py() == shape_of("id-00000") == "a-9"
    assert found["n"][201].as_py() is None
    assert columns_of([{"x": None}], [True])["x"].null_count == 1
    random = np.random.default_rng(0)
    noise: list[dict[str, Leaf] | None] = [
        leaves_of(json.dumps({"x": b64encode(random.bytes(300 + 3 * at)).decode()}).encode())
        for at in range(90)
    ]
    assert list(columns_of(noise, [True] * 90)) == ["length of x"]
    assert columns_of(noise, [True] * 90)["length of x"].to_pylist()[:2] == [400.0, 404.0]
    assert shape_of("a1" * 40) == "a9" * 6


def test_rows_know_better_than_times_about_what_was_told_of():
    told = Hypothesis(
        kind=CauseKind.CONTRACT,
        subject="x",
        title="",
        gain=9.0,
        prior=0.5,
        explained=1.0,
        features=("price",),
    )
    moved = Hypothesis(
        kind=CauseKind.CONTRACT, subject="x", title="", gain=0.0, prior=0.0, features=("other",), by_rows=True
    )
    assert merged([moved, told]) == [told]  # the rows may not show what broke
    same = Hypothesis(
        kind=CauseKind.CONTRACT,
        subject="x",
        title="",
        gain=0.0,
        prior=0.0,
        features=("decimals of price",),
        by_rows=True,
    )
    (one,) = merged([told, same])
    assert (one.explained, one.prior, one.by_rows) == (0.0, 0.5, True)

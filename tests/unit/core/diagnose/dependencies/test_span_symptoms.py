"""What requests show, on a made-up shop: who does otherwise is told, its callers only pass it on."""

import time
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aright.core.diagnose.dependencies.blaming import blame
from aright.core.diagnose.dependencies.spans import MOST, request_symptoms
from aright.core.diagnose.dependencies.symptom import Symptom
from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.columns import LOG_FIELDS
from aright.core.model.frame import Kind
from aright.core.model.tables import empty
from tests.unit.core.diagnose.dependencies.shop import ALARM, END, SECOND, START, Shop, table

FAULTS = {
    "stock refuses": "stock",
    "stock silent": "stock",
    "stock slow": "stock",
    "wire slow": "stock",
    "cart asks once": "cart",
    "cart new step": "cart",
}


def first(telemetry):
    own = [each for each in request_symptoms(telemetry) if each.internal]
    return own[0].node[0] if own else ""


@pytest.fixture(scope="module")
def told():
    return {fault: Shop(fault, seed=3).run().telemetry() for fault in ["", *FAULTS]}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_service_that_does_otherwise_comes_first(told, fault):
    assert first(told[fault]) == FAULTS[fault]


@pytest.mark.parametrize("fault", FAULTS)
def test_onset_is_searched_not_the_alarm_taken(told, fault):
    found = [each for each in request_symptoms(told[fault]) if each.internal]
    assert abs(found[0].onset - ALARM) <= 20 * SECOND


def test_a_healthy_shop_shows_next_to_nothing(told):
    assert max((each.score for each in request_symptoms(told[""])), default=0.0) < 3.5


def test_what_callers_do_of_it_is_passed_on(told):
    found = request_symptoms(told["stock refuses"])
    cart = [each for each in found if each.node[0] == "cart"]
    assert cart
    assert not any(each.internal for each in cart)
    assert all(each.share == 0.0 for each in cart)
    assert any("passed on" in each.text for each in cart)
    stock = [each for each in found if each.node[0] == "stock"]
    assert all(each.share > 0.5 for each in stock)


def test_missing_lines_and_new_ones_and_errors_are_told(told):
    found = request_symptoms(told["stock refuses"])
    signals = {each.signal: each for each in found if each.internal}
    assert signals["log cannot open the drawer in GET /stock"].now == pytest.approx(0.75)
    assert signals["log found # items in GET /stock"].now == pytest.approx(0.25)
    assert signals["error in GET /stock"].source == "spans"
    silent = {each.signal for each in request_symptoms(told["stock silent"])}
    assert "log found # items in GET /stock" in silent


def test_one_of_two_calls_missing_shows(told):
    signals = {each.signal for each in request_symptoms(told["cart asks once"]) if each.internal}
    assert "call stock GET /stock ×2 in POST /cart" in signals


def test_time_lost_on_the_way_is_the_callees(told):
    found = [each for each in request_symptoms(told["wire slow"]) if each.internal]
    assert (found[0].node[0], found[0].signal) == ("stock", "gap in GET /stock")


def test_few_are_told_of_one_place(told):
    found = request_symptoms(told["stock refuses"])
    assert max(sum(each.node == node for each in found) for node in {each.node for each in found}) <= 2 * MOST
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)


@pytest.mark.parametrize("missing", ["spans", "logs"])
def test_one_of_both_is_enough(told, missing):
    kind = Kind.SPANS if missing == "spans" else Kind.LOGS
    part = replace(told["stock refuses"], **{missing: empty(kind)})
    assert first(part) == "stock"


def test_lines_without_spans_find_their_request_by_trace(told):
    logs = told["stock silent"].logs
    at = logs.column_names.index("span_id")
    bare = logs.set_column(at, "span_id", pa.nulls(logs.num_rows, pa.string()))
    assert first(replace(told["stock silent"], logs=bare)) == "stock"


@pytest.mark.parametrize("part", [{}, {"spans": empty(Kind.SPANS), "logs": empty(Kind.LOGS)}])
def test_nothing_known_shows_nothing(part):
    nothing = Telemetry(at=ALARM, reference=(START, ALARM), current=(ALARM, END), **part)
    assert request_symptoms(nothing) == ()


def test_without_a_reference_what_was_before_the_alarm_has_to_do(told):
    late = replace(told["stock refuses"], reference=(0, 0), current=(START, END))
    assert first(late) == "stock"
    never = replace(told["stock refuses"], reference=(0, 0), current=(ALARM, END))
    assert request_symptoms(never) == ()


@pytest.mark.parametrize("shift", [-60, 60])
def test_the_alarm_may_be_a_minute_off(told, shift):
    at = ALARM + shift * SECOND
    moved = replace(
        told["stock refuses"], at=at, reference=(START, at - 60 * SECOND), current=(at - 60 * SECOND, END)
    )
    assert first(moved) == "stock"


@pytest.mark.parametrize("seed", range(3))
def test_a_tenth_of_all_rows_may_be_missing(told, seed):
    chance = np.random.default_rng(seed)
    whole = told["stock refuses"]
    part = replace(
        whole,
        spans=whole.spans.filter(pa.array(chance.random(whole.spans.num_rows) > 0.1)),
        logs=whole.logs.filter(pa.array(chance.random(whole.logs.num_rows) > 0.1)),
    )
    assert first(part) == "stock"


def test_a_new_host_is_compared_with_its_service(told):
    whole = told["stock refuses"]
    hosts = pc.if_else(
        pc.and_(
            pc.equal(whole.spans["service"], "stock"), pc.greater(whole.spans["time"].cast(pa.int64()), ALARM)
        ),
        "stock-2",
        whole.spans["host"].cast(pa.string()),
    )
    at = whole.spans.column_names.index("host")
    spans = whole.spans.set_column(at, "host", hosts.cast(whole.spans.schema.field("host").type))
    found = [each for each in request_symptoms(replace(whole, spans=spans)) if each.internal]
    assert found[0].node == ("stock", "stock-2")


def test_failures_that_come_and_go_everywhere_say_little():
    shop = Shop("stock silent", seed=5).run()
    rows = [each for each in shop.spans if each["id"] in {"3", "50"}]
    hits = [each for each in rows if int(str(each["trace_id"])[1:]) // 12 in {4, 12, 21, 28}]
    for number, each in enumerate(hits):
        shop.spans.append(
            {**each, "id": f"x{number}", "parent_id": each["id"], "name": "sorry", "status": None}
        )
    late = [each for each in rows if each["id"] == "3" and int(str(each["time"])) > ALARM + 30 * SECOND]
    for number, each in enumerate(late):
        shop.spans.append({**each, "id": f"y{number}", "parent_id": "3", "name": "sorry", "status": None})
    found = request_symptoms(shop.telemetry())
    sorry = [each for each in found if each.signal.startswith("span sorry")]
    assert sorry
    assert not any(each.internal for each in sorry)
    assert next(each for each in found if each.internal).node[0] == "stock"


def ring(telemetry):
    """Each span is below the next one, the last below the first."""
    spans = telemetry.spans
    ids = spans["id"].combine_chunks()
    turned = pa.concat_arrays([ids.slice(1), ids.slice(0, 1)])
    return replace(
        telemetry, spans=spans.set_column(spans.column_names.index("parent_id"), "parent_id", turned)
    )


def twins(telemetry):
    """All spans have one id."""
    spans = telemetry.spans
    same = pa.array(["1"] * spans.num_rows)
    return replace(telemetry, spans=spans.set_column(spans.column_names.index("id"), "id", same))


def endless(telemetry):
    """Durations are not finite, or far too long."""
    spans = telemetry.spans
    odd = pa.array(np.resize([np.nan, np.inf, -1.0, 3e38], spans.num_rows), pa.float32())
    return replace(
        telemetry, spans=spans.set_column(spans.column_names.index("duration_ms"), "duration_ms", odd)
    )


def distinct(telemetry):
    """Every span and line says something of its own."""
    names = pa.array([f"{chr(97 + n % 26)}{n}" for n in range(telemetry.spans.num_rows)]).dictionary_encode()
    spans = telemetry.spans.set_column(telemetry.spans.column_names.index("name"), "name", names)
    bodies = pa.array([chr(97 + n % 26) * (n % 500) for n in range(telemetry.logs.num_rows)])
    return replace(
        telemetry,
        spans=spans,
        logs=telemetry.logs.set_column(telemetry.logs.column_names.index("body"), "body", bodies),
    )


@pytest.mark.parametrize("spoil", [ring, twins, endless, distinct])
def test_hostile_telemetry_ends_soon(told, spoil):
    began = time.process_time()
    for each in request_symptoms(spoil(told["stock refuses"])):
        assert np.isfinite(each.score)
        assert 0.0 <= each.share <= 1.0
    assert time.process_time() - began < 3.0


def test_names_are_shown_in_one_line(told):
    names = pc.replace_substring(
        told["cart new step"].spans["name"].cast(pa.string()), "recount", "re\ncount" * 50
    )
    at = told["cart new step"].spans.column_names.index("name")
    spans = told["cart new step"].spans.set_column(at, "name", names.combine_chunks().dictionary_encode())
    texts = [each.text for each in request_symptoms(replace(told["cart new step"], spans=spans))]
    assert any("re?count" in text for text in texts)
    assert all("\n" not in text and len(text) < 500 for text in texts)


def test_lines_of_no_trace_are_compared_a_few_at_a_time(told):
    logs = told["stock refuses"].logs
    at = logs.column_names.index("trace_id")
    bare = logs.set_column(at, "trace_id", pa.nulls(logs.num_rows, pa.string()))
    found = request_symptoms(replace(told["stock refuses"], logs=bare, spans=empty(Kind.SPANS)))
    assert found[0].node[0] == "stock"
    assert {each.source for each in found} == {"logs"}
    beside = request_symptoms(replace(told["stock refuses"], logs=bare))
    assert {each.source for each in beside if each.internal and each.node[0] == "stock"} == {"logs", "spans"}


def test_untraced_lines_twice_as_fast_are_no_shift():
    rows = [
        {"time": START + at * SECOND, "service": "web", "host": "a", "body": body, "severity": 9}
        for number, at in enumerate([*range(0, 540, 2), *range(540, 780)])
        for body in ("in", "out", *(["rare"] if number % 5 == 0 else []))
    ]
    logs = table(rows, LOG_FIELDS)
    assert request_symptoms(Shop().telemetry(logs=logs, spans=empty(Kind.SPANS))) == ()


def test_what_a_gate_is_asked_for_is_no_shift_of_the_gate():
    shop = Shop(seed=2)
    for number, at in enumerate(range(START, END, SECOND)):
        late = at >= ALARM
        way = ["a", "b", "c", "d"][number % 4] if not late else ["a", "a", "a", "b"][number % 4]
        here = "gate", "g", f"t{number}"
        shop.span(here, "1", None, "/*", at, 20.0)
        shop.span(here, "2", "1", f"GET {way}", at + 1, 15.0)
        shop.span((way, way, f"t{number}"), "3", "2", "do", at + 2, 10.0)
    assert not [each for each in request_symptoms(shop.telemetry()) if each.node[0] == "gate"]


def test_metrics_of_a_service_that_nobody_calls_count_less(told):
    idle = Symptom(
        node=("idle", ""), source="metrics", signal="cpu", internal=True, score=99.0, before=1.0, now=9.0
    )
    with_spans = {each.service: each.score for each in blame(told[""], [idle]).ranking}
    without = {
        each.service: each.score for each in blame(replace(told[""], spans=empty(Kind.SPANS)), [idle]).ranking
    }
    assert with_spans["idle"] < without["idle"]

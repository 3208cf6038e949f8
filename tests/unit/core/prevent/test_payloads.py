"""Guards on payloads: a contract learnt before, which the incident breaks and the baseline keeps."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.model.columns import TIME
from aright.core.model.evidence import Cause, CauseKind, Diagnosis, Reach, Scope, Verdict
from aright.core.model.incident import Incident, State
from aright.core.model.times import SECOND
from aright.core.prevent import ON_PAYLOADS, judge, payload_guard, replay

WIDTH = 30 * SECOND
SUBJECT = "rates.example GET /v1/rates"
CAUSE = Cause(
    id="H1", kind=CauseKind.CONTRACT, subject=SUBJECT, title="t", probability=0.9, service="pricing"
)
ONSET = 20 * WIDTH


def incident() -> Incident:
    found = Diagnosis(
        key="INC-3",
        at=0,
        reference=(0, ONSET),
        current=(ONSET, 26 * WIDTH),
        scope=Scope(reach=Reach.GLOBAL, sentence="all"),
        verdict=Verdict.LIKELY,
        causes=(CAUSE,),
        evidence=(),
        summary="",
    )
    return Incident(
        key="INC-3",
        service="shop",
        state=State.RESOLVED,
        title="",
        opened_at=ONSET,
        began_at=ONSET,
        diagnosis=found,
    )


def payloads(first: int, last: int, *, changed: bool = False, each: int = 40) -> pa.Table:
    rng = np.random.default_rng(first)
    rows = []
    for window in range(first, last):
        for number in range(each):
            price = round(float(rng.lognormal(3, 0.4)), 2)
            code = str(rng.choice(["EUR", "USD", "SEK"]))
            body = {
                "price": int(price * 100) if changed else price,
                "currency": code,
                "id": f"{rng.integers(2**32):08x}",
            }
            rows.append(
                {
                    "time": window * WIDTH + number * SECOND // 2,
                    "dependency": "rates.example",
                    "endpoint": "GET /v1/rates",
                    "direction": "response",
                    "body": msgspec.json.encode(body),
                }
            )
            rows.append({**rows[-1], "direction": "request", "body": b"{}"})
    table = pa.Table.from_pylist(rows)
    return table.set_column(0, "time", table["time"].cast(TIME))


def windows(table: pa.Table) -> list[tuple[int, pa.Table]]:
    slots = np.asarray(table["time"].cast(pa.int64()).to_numpy()) // WIDTH
    return [(int(slot) * WIDTH, table.filter(pa.array(slots == slot))) for slot in np.unique(slots)]


def test_a_guard_fires_on_the_incident_and_is_silent_before():
    before, after = payloads(0, 20), payloads(20, 26, changed=True)
    guard = payload_guard(incident(), CAUSE, before, after, 0, width=WIDTH)
    assert guard is not None
    assert (guard.kind, guard.service, guard.subject) == (ON_PAYLOADS, "pricing", SUBJECT)
    assert set(guard.limits) == {"break:price"}
    assert "`price`" in guard.title
    proof = replay(guard, windows(before), windows(after), WIDTH, ONSET)
    assert proof.accepted
    assert (proof.incident_fired, proof.baseline_fired) == (6, 0)
    assert proof.baseline_windows == 20
    assert guard.width == WIDTH
    again = msgspec.json.decode(msgspec.json.encode(guard), type=type(guard))
    (breach,) = judge(again, windows(after)[0][1])
    assert breach.name == "break:price"
    assert "`price`" in breach.text


def test_a_window_of_few_or_other_payloads_is_not_judged():
    before, after = payloads(0, 20), payloads(20, 26, changed=True)
    guard = payload_guard(incident(), CAUSE, before, after, 0, width=WIDTH)
    assert guard is not None
    assert judge(guard, after.slice(0, 8)) == []
    assert judge(guard, after.slice(0, 0)) == []
    elsewhere = after.set_column(1, "dependency", pa.array(["maps.example"] * after.num_rows))
    assert judge(guard, elsewhere) == []


def test_there_is_no_guard_without_history_or_without_a_break():
    before, after = payloads(0, 20), payloads(20, 26, changed=True)
    assert payload_guard(incident(), CAUSE, payloads(0, 4), after, 0, width=WIDTH) is None
    assert payload_guard(incident(), CAUSE, before.slice(0, 0), after, 0, width=WIDTH) is None
    assert payload_guard(incident(), CAUSE, before, payloads(20, 26), 0, width=WIDTH) is None


def test_where_windows_hold_too_few_documents_wider_ones_are_judged():
    before, after = payloads(0, 80, each=1), payloads(80, 104, changed=True, each=1)
    guard = payload_guard(incident(), CAUSE, before, after, 0, width=WIDTH)
    assert guard is not None
    assert guard.width == 4 * WIDTH


def test_of_several_paths_that_break_those_that_the_cause_names_are_held():
    before, after = payloads(0, 20), payloads(20, 26, changed=True)
    bodies = [body.replace(b'"id"', b'"ref"') for body in after["body"].to_pylist()]
    after = after.set_column(after.column_names.index("body"), "body", pa.array(bodies))
    every = payload_guard(incident(), CAUSE, before, after, 0, width=WIDTH)
    assert every is not None
    assert {"break:price", "break:id"} <= set(every.limits)
    named = msgspec.structs.replace(CAUSE, features=("price", "unheard of"))
    guard = payload_guard(incident(), named, before, after, 0, width=WIDTH)
    assert guard is not None
    assert set(guard.limits) == {"break:price"}

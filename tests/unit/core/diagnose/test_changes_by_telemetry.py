"""Changes that what the services say speaks for or against, beside all other causes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import msgspec
import pyarrow as pa
import pytest

from aright.core.diagnose import diagnose
from aright.core.diagnose.callees import callees
from aright.core.diagnose.concluding import ORDER, conclude
from aright.core.diagnose.dependencies.blaming import Blame
from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.diagnose.found import nothing
from aright.core.diagnose.hypothesis import Hypothesis
from aright.core.diagnose.mechanism.hypotheses import odds_of, shared
from aright.core.diagnose.mechanism.verdicts import WeighedChange, weighed_changes
from aright.core.diagnose.steps import scope
from aright.core.model.change import Change
from aright.core.model.columns import LOG_FIELDS
from aright.core.model.evidence import CauseKind, Step, Suspect, Verdict
from aright.core.model.times import SECOND
from tests.unit.core.diagnose.simulation import World, make_case

pytestmark = pytest.mark.usefixtures("scope_once")

EMPTY = {step: nothing("nothing there") for step in ORDER}
RENAMING = '@@ cart.py @@ def total(row):\n-    return row["old_price"]\n+    return row["price"]'
STYLE = "@@ cart.css @@\n-a { color: red; }\n+a { color: blue; }"


@cache
def lost():
    return make_case(World(2, "loss-global", lead_rows=600))


def change(key, seconds, service="shop", **told):
    at = lost().current_span[0] + seconds * SECOND
    return Change(key=key, at=at, service=service, kind="deploy", title=f"Change {key}", **told)


def telemetry(*changes, service="shop", says="KeyError: 'old_price'"):
    case = lost()
    begin, end = case.current_span
    times = [begin + at * SECOND for at in range(60, 170, 5)]
    columns = {"time": times, "service": [service] * 22, "severity": [17] * 22, "body": [says] * 22}
    logs = pa.table(
        {
            name: pa.array(columns[name], pa.int64()).cast(kind)
            if name == "time"
            else pa.array(columns.get(name, [None] * 22), kind)
            for name, kind in LOG_FIELDS.items()
        }
    )
    return Telemetry(
        target="shop",
        at=end,
        reference=case.reference_span,
        current=case.current_span,
        logs=logs,
        calls=(("shop", "index"),),
        changes=changes,
    )


def test_a_change_that_touched_what_the_errors_name_is_the_likely_cause():
    changes = (change("guilty", 20, detail=RENAMING), change("latest", 25, detail=STYLE))
    found = diagnose(replace(lost(), changes=changes, telemetry=telemetry(*changes)))

    assert (found.causes[0].kind, found.causes[0].subject) == (CauseKind.OTHER_CHANGE, "guilty")
    assert (found.causes[0].remedy, found.verdict) == ("roll_back_change", Verdict.LIKELY)
    told = {each.text for each in found.evidence if each.step is Step.CHANGES}
    assert any("Change guilty" in text and "(oldprice" in text for text in told)
    latest = next(text for text in told if "Change latest" in text)
    assert "Against it: it changes nothing that runs" in latest


def test_a_change_of_another_service_is_a_cause_where_telemetry_says_so():
    guilty, decoy = change("guilty", 20, "index", detail=RENAMING), change("decoy", 40, "index", detail=STYLE)
    found = diagnose(replace(lost(), telemetry=telemetry(guilty, decoy, service="index")))

    cause = next(each for each in found.causes if each.subject == "guilty")
    assert (cause.kind, cause.service) == (CauseKind.OTHER_CHANGE, "index")
    assert not any("decoy" in each.text for each in found.evidence)


def test_without_a_loss_changes_are_weighed_all_the_same():
    changes = (change("guilty", 20, detail=RENAMING), change("latest", 25, detail=STYLE))
    case = replace(lost(), changes=changes, telemetry=telemetry(*changes))
    step = callees(case, None, Blame())
    found = conclude(case, None, EMPTY | {Step.DEPENDENCIES: step})

    assert [each.key for each in step.changes] == ["guilty", "latest"]
    assert (found.causes[0].subject, found.verdict) == ("guilty", Verdict.LIKELY)
    assert len([each for each in found.evidence if each.step is Step.CHANGES]) == 2


def test_changes_that_telemetry_does_not_know_are_told_of_by_rows_alone():
    guilty, beside = change("guilty", 20, detail=RENAMING), change("beside", 30)
    case = replace(lost(), changes=(guilty, beside), telemetry=telemetry(guilty))
    step = callees(case, None, Blame())
    found = conclude(case, None, EMPTY | {Step.DEPENDENCIES: step})

    assert not any("beside" in each.text for each in found.evidence if each.step is Step.CHANGES)
    assert any("beside" in each.text for each in diagnose(case).evidence)


def test_changes_beside_are_known_where_the_step_alone_has_read_the_telemetry():
    guilty = change("guilty", 20, "index", detail=RENAMING)
    told = telemetry(guilty, service="index")
    step = callees(replace(lost(), telemetry=told), None, Blame())
    found = conclude(replace(lost(), beside=(guilty,)), None, EMPTY | {Step.DEPENDENCIES: step})

    assert found.causes[0].subject == "guilty"


def test_a_state_of_others_is_no_cause_by_itself():
    state = Change(
        key="state", at=lost().current_span[0], service="", kind="other", what="status", after="degraded"
    )
    found = diagnose(replace(lost(), changes=(state,), telemetry=telemetry(state)))

    assert not any(each.subject == "state" for each in found.causes)


def test_what_speaks_for_a_cause_outside_is_told_and_whom_to_call():
    state = change("state", 40, "paycorp", detail="charges time out", what="status", after="degraded")
    told = msgspec.structs.replace(state, kind="other", title="charges")
    says = "charges of api.paycorp.com timed out"
    found = diagnose(replace(lost(), telemetry=telemetry(told, says=says)))
    outside = found.causes[0]
    (evidence,) = (each for each in found.evidence if "a cause outside" in each.text)

    assert (outside.kind, outside.remedy) == (CauseKind.OUTSIDE, "escalate")
    assert "paycorp told at" in evidence.text
    assert evidence.supports == (outside.id,)
    assert "If it is that: call those whose service it is" in found.summary


def test_code_that_fails_in_itself_is_told_against_a_cause_outside():
    case = replace(lost(), telemetry=telemetry(change("c", 20), says="NullPointerException"))
    step = callees(case, None, Blame(suspects=(Suspect(service="index", probability=0.9),)))
    found = conclude(case, None, EMPTY | {Step.DEPENDENCIES: step})
    outside = next(each for each in found.causes if each.kind is CauseKind.OUTSIDE)

    assert outside.remedy == ""
    assert len(outside.evidence_against) == 1


def test_what_came_too_late_says_so_and_counts_little():
    (late,) = weighed_changes(telemetry(change("late", 120, detail=RENAMING)))
    case = replace(lost(), changes=(change("late", 20, detail=RENAMING),), telemetry=telemetry())
    step = replace_changes(callees(case, None, Blame()), late)
    found = conclude(case, scope(case)[0], EMPTY | {Step.DEPENDENCIES: step})

    assert (late.late, odds_of(late)) == ("the failures had begun", -3.0)
    assert any("It came after the failures had begun" in each.text for each in found.evidence)
    assert found.causes[0].subject != "late"


def replace_changes(found, late):
    return type(found)(changes=(late,), suspects=found.suspects)


def test_nothing_is_said_of_changes_without_changes_or_without_a_fault():
    assert weighed_changes(telemetry()) == ()
    assert weighed_changes(telemetry(change("c", 20), says="ok")) != ()
    quiet = replace(telemetry(change("c", 20)), logs=telemetry().logs.slice(0, 0))
    assert weighed_changes(quiet) == ()


def test_names_of_others_are_told_in_one_line():
    hostile = change("c", 20, detail='@@ a.py @@\n-x["a_\x07b"]\n+y["old_price"]')
    (found,) = weighed_changes(telemetry(hostile, says="no ['old_price']\n\x07 a_b"))

    assert all(text.isprintable() for text in (*found.pro, *found.contra))


def place(prior):
    return Hypothesis(
        kind=CauseKind.DEPENDENCY, subject="index", title="", gain=5.0, prior=prior, service="index"
    )


def test_a_place_shares_its_odds_with_the_changes_made_there():
    guilty = change("guilty", 20, "index")
    why = Hypothesis(kind=CauseKind.OTHER_CHANGE, subject="guilty", title="", gain=3.0, prior=2.0)
    where, why = shared([place(1.0), why], {why.token: guilty})

    assert where.prior < 0.0
    assert why.prior > 1.0
    assert why.gain == 5.0


def test_a_place_nobody_changed_keeps_its_odds():
    elsewhere = Hypothesis(kind=CauseKind.OTHER_CHANGE, subject="c", title="", gain=3.0, prior=2.0)

    assert shared([place(1.0), elsewhere], {elsewhere.token: change("c", 20, "mail")}) == [
        place(1.0),
        elsewhere,
    ]


@pytest.mark.parametrize(("odds", "prior"), [(9.0, 4.0), (-9.0, -4.0), (1.0, 1.0)])
def test_telemetry_is_never_too_sure(odds, prior):
    assert odds_of(WeighedChange(key="c", odds=odds)) == prior


def test_suspects_are_told_to_the_changes():
    guilty = change("guilty", 20, "index", detail=RENAMING)
    case = replace(lost(), telemetry=telemetry(guilty, service="index"))
    step = callees(case, None, Blame(suspects=(Suspect(service="index", probability=0.9),)))

    assert step.changes[0].odds > 0.0

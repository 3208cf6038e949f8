"""Changes weighed by what they touched, whom they reach and when they came, beside a cause outside."""

from __future__ import annotations

from aright.core.diagnose.mechanism.fault import Movement, Report, Sign
from aright.core.diagnose.mechanism.modes import Mode
from aright.core.diagnose.mechanism.outside import outside, remedy
from aright.core.diagnose.mechanism.reaching import reach, unexplained
from aright.core.diagnose.mechanism.timing import beginning, delay, is_late
from aright.core.diagnose.mechanism.weighing import weigh
from aright.core.model.times import HOUR, MINUTE
from tests.unit.core.diagnose.mechanism.faults import ONSET, change, fault, sign

CALLS = frozenset({("web", "shop"), ("shop", "stock"), ("web", "mail")})
MISSING = fault(sign("no mapping for field [label] in src/index.go:31 Build"))
RENAMING = '@@ src/index.go @@ func Build() {\n-\t"label": text,\n+\t"name": text,'


def best(changes, of):
    found = weigh(changes, of).best
    return found.change.key if found.change else ""


def reasons(changes, of, key):
    found = next(each for each in weigh(changes, of).ranked if each.change and each.change.key == key)
    return " / ".join(each.text for each in found.reasons)


def test_the_change_that_touched_what_errors_name_beats_a_later_one():
    guilty = change("guilty", before=30, detail=RENAMING)
    latest = change("latest", before=0.5, detail="@@ src/sum.go @@\n-x := 1\n+x := 2")

    found = weigh([latest, guilty], MISSING)

    assert found.best.change == guilty
    assert found.best.remedy == "roll_back_change"
    assert abs(sum(each.probability for each in found.ranked) - 1.0) < 1e-9
    assert "label" in reasons([guilty], MISSING, "guilty")


def test_without_a_mechanism_nobody_is_named():
    assert best([change("a", detail="@@ docs/a.md @@\n-x\n+label"), change("b", kind="flag")], MISSING) == ""


def test_no_change_at_all_leaves_a_cause_outside():
    found = weigh([], MISSING)

    assert (found.best.change, found.best.probability, found.best.remedy) == (None, 1.0, "escalate")


def test_a_change_after_the_beginning_did_not_cause_it():
    late = change("late", before=-2, detail=RENAMING)

    assert weigh([late], MISSING).late == (late,)
    assert best([late], MISSING) == ""


def test_what_is_new_and_missing_can_be_rolled_forward():
    of = fault(sign('relation "new_orders" does not exist'))
    detail = '@@ dao.py @@\n+    q("SELECT a FROM new_orders")'

    assert weigh([change(detail=detail)], of).best.remedy == "roll_forward"


def test_a_frame_in_the_changed_function_is_a_reason():
    of = fault(sign("panic: nil pointer; stack=svc/pay.go:18 Pay.status"))
    detail = (
        "@@ svc/pay.go @@ func (p Pay) status() string {\n"
        "-\tif p.x == nil {\n-\t\treturn none\n-\t}\n \treturn p.x.status"
    )

    assert best([change(detail=detail)], of) == "c"
    assert "svc/pay.go" in reasons([change(detail=detail)], of, "c")


def test_a_frame_in_an_upgraded_library_is_a_reason():
    of = fault(sign("TypeError: no\n    at open (/app/node_modules/pads/index.js:10:5)"))
    upgrade = change(detail='@@ package.json @@\n-  "pads": "1.1.0"\n+  "pads": "1.2.0"')

    assert best([upgrade], of) == "c"
    assert "node_modules/pads" in reasons([upgrade], of, "c")


def test_other_words_for_the_same_are_not_blamed_though_an_exception_came_through():
    of = fault(sign("tilt out of range: 88 at pose/check.go:9 check", fixed="record r-1"))
    detail = "@@ pose/check.go @@ func check(r R) error {\n-\tif r.tilt < -45 || r.tilt > 45 {\n"
    detail += "-\t\treturn bad(r.tilt)\n-\t}\n-\treturn nil\n+\treturn within(r.tilt, -45, 45)"

    assert best([change(detail=detail)], of) == ""


def test_errors_of_no_known_way_still_meet_what_an_edit_did():
    of = fault(Sign(service="shop", text="odd", at=ONSET, modes=frozenset({Mode.OTHER})))
    renumbered = change(detail="@@ a.py @@\n-x = f(1)\n+x = f(2)")

    assert "failed in words of its own" in reasons([renumbered], of, "c")


def test_durations_alone_are_a_way_to_fail():
    of = fault(movements=(Movement(service="shop", name="p99", mode=Mode.SLOW, at=ONSET),))

    assert best([change(detail="@@ a.sql @@\n+DROP INDEX idx_a;")], of) == "c"


LEAK = fault(
    sign("OOMKilled: out of memory"),
    movements=(
        Movement(service="shop", name="rss", mode=Mode.MEMORY, at=ONSET - 2 * HOUR, slack=MINUTE, ramp=True),
        Movement(service="shop", name="lag", mode=Mode.EXHAUSTED, at=ONSET - MINUTE, ramp=True),
        Movement(service="web", name="rss", mode=Mode.MEMORY, at=ONSET - 3 * HOUR, ramp=True),
    ),
)
GROWING = "@@ a.py @@\n+seen = []\n+def f(x):\n+    seen.append(x)"


def test_a_leak_is_of_what_came_when_the_ramp_began():
    early = change("early", before=121, detail=GROWING)
    latest = change("latest", before=10, detail=GROWING)

    found = weigh([early, latest], LEAK)

    assert found.best.change == early
    assert found.late == (latest,)
    assert found.begun.at == ONSET - 2 * HOUR
    assert "rss began to grow" in reasons([early], LEAK, "early")


def test_a_ramp_tells_nothing_of_failures_of_another_kind():
    of = fault(sign("KeyError: 'a'"), movements=LEAK.movements)

    assert beginning(of).ramp is None


def test_the_longer_all_went_well_the_less_likely_a_change_is():
    at_once, later = (delay(change(before=each), beginning(MISSING), MISSING).nats for each in (1, 60))
    slow = fault(sign("request timed out"))

    assert 1.1 >= at_once > 0.0 > later
    assert delay(change(before=60), beginning(slow), slow).nats > later
    assert delay(change(before=10_000), beginning(slow), slow).nats == -3.0
    assert not is_late(change(before=-0.2), beginning(MISSING))


def test_a_change_apart_from_where_it_began_is_unlikely():
    of = fault(sign("boom"), calls=CALLS)

    assert reach("shop", of).nats == 0.0
    assert reach("stock", of).nats > reach("web", of).nats > reach("mail", of).nats
    assert reach("shop", fault(first={})).nats == reach("", of).nats


def nats(reason):
    return reason.nats if reason else 0.0


def test_services_that_fail_apart_speak_against_a_change():
    of = fault(sign("disk full"), sign("KeyError", service="mail"), calls=CALLS)

    assert unexplained("", of) is None
    assert unexplained("shop", fault(sign("disk full"))) is None
    assert nats(unexplained("mail", of)) == -1.0
    assert nats(unexplained("shop", fault(sign("x: timed out", service="mail")))) == -0.5


def spoken(of):
    return " / ".join(each.text for each in outside(of))


def test_one_record_that_fails_again_and_again_speaks_for_outside():
    of = fault(sign("bad record id=r-17", fixed="id r-17"))

    assert "id r-17" in spoken(of)
    assert remedy(of) == "set_aside_data"


def test_a_report_in_words_of_the_errors_speaks_for_outside():
    of = fault(sign("POST api.paycorp.com charges failed: 503"))
    near = Report(
        source="paycorp", at=ONSET, what="charges", state="degraded", text="503 of charges at paycorp"
    )
    other = Report(source="paycorp", at=ONSET, what="sms", state="degraded")
    over = Report(source="paycorp", at=ONSET, what="charges", state="resolved")
    past = Report(source="paycorp", at=ONSET - 3 * HOUR, what="charges", state="degraded")

    def said(*reports):
        return spoken(fault(*of.signs, reports=reports))

    assert "in words of the errors" in said(other, near)
    assert "in no words of the errors" in said(other)
    assert "paycorp told" not in said(over, past)


def test_a_foreign_host_speaks_for_outside_if_it_is_much_of_what_is_said():
    foreign = sign("GET api.paycorp.com timed out")

    assert "api.paycorp.com" in spoken(fault(foreign))
    assert "api.paycorp.com" not in spoken(
        fault(foreign, *(sign(f"KeyError {n}", count=99) for n in range(9)))
    )


def test_services_failing_alike_apart_speak_for_outside():
    alike = tuple(sign("no such host x", service=name) for name in ("mail", "shop", "web"))

    assert "mail, shop, web fail alike" in spoken(fault(*alike))
    assert "fail alike" not in spoken(fault(*alike[1:], calls=CALLS))


def test_an_expired_certificate_speaks_for_outside():
    assert "certificate expired" in spoken(fault(sign("x509: certificate has expired")))


def test_code_that_fails_in_itself_speaks_against_outside():
    null = outside(fault(sign("NullPointerException at a.B.c(B.java:3)")))
    parsed = outside(fault(sign("unexpected token < in JSON")))

    assert [round(each.nats, 1) for each in (*null, *parsed)] == [-1.6, -0.7]
    assert outside(fault(sign("pool exhausted: value is null"))) == []
    assert outside(fault(sign("KeyError: 'a'", fixed="id 7")))[0].nats > 0.0


def test_machines_that_fail_speak_for_outside():
    assert "which fail by themselves" in spoken(fault(sign("EXT4-fs error: remounting filesystem read-only")))
    assert spoken(fault(sign("write refused"))) == ""


def test_all_that_speaks_for_outside_is_bounded():
    alike = [sign("certificate has expired at a.b.com", service=name, fixed="id 1") for name in "abcd"]

    assert sum(each.nats for each in outside(fault(*alike))) <= 5.0 + 1e-9

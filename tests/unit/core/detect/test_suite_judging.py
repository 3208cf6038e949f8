from msgspec.structs import replace

from aright.core.detect.suites import Run, judge_suite
from aright.core.model.suite import Checked, Suite
from aright.core.model.times import MINUTE, SECOND

SUITE = Suite(name="orders", service="shop", kind="pandera", path="checks.py:orders")
WIDTH = 30 * SECOND
GOOD = Checked(check="ge(0)", column="net", rows=1_000, failing=0, passed=True)
BAD = replace(GOOD, failing=20, passed=False, examples=("-1.0",))


def judged(*checks, standing=None, suite=SUITE, problem="", pages=()):
    run = Run(0, 5 * MINUTE, 1_000, checks, problem)
    return judge_suite(suite, run, standing, start=9 * WIDTH, width=WIDTH, now=6 * MINUTE, pages=pages)


def test_each_check_is_a_signal_whether_it_passes_or_not():
    found = judged(GOOD, replace(BAD, column="vat"))

    assert [(point.name, point.n, point.total) for point in found.points] == [
        ("suite:orders:net ge(0)", 1_000, 0),
        ("suite:orders:vat ge(0)", 1_000, 20),
    ]
    assert {point.start for point in found.points} == {9 * WIDTH}


def test_a_check_that_fails_is_told_once_with_its_words():
    first = judged(BAD)
    again = judged(BAD, standing=first.standing)

    (alert,) = first.alerts
    assert (
        alert.text.replace("\u202f", " ") == "`net` fails `ge(0)` in 20 of 1,000 rows (2.0 %), such as `-1.0`"
    )
    assert (alert.harm, alert.signal, alert.key) == (
        False,
        "suite:orders:net ge(0)",
        "shop/all/suite:orders:net ge(0)",
    )
    assert alert.low < alert.now == 0.02 < alert.high
    assert "checks.py:orders" in alert.rule
    assert again.alerts == ()


def test_much_more_of_it_is_told_again_and_a_little_more_is_not():
    standing = judged(BAD).standing

    assert judged(replace(BAD, failing=38), standing=standing).alerts == ()
    worse = judged(replace(BAD, failing=90), standing=standing)
    assert len(worse.alerts) == 1
    assert judged(replace(BAD, failing=100), standing=worse.standing).alerts == ()


def test_a_few_rows_more_are_chance():
    standing = judged(replace(BAD, failing=1)).standing

    assert judged(replace(BAD, failing=3), standing=standing).alerts == ()


def test_what_passed_again_may_be_told_anew():
    standing = judged(GOOD, standing=judged(BAD).standing).standing

    assert standing.failing == {}
    assert len(judged(BAD, standing=standing).alerts) == 1


def test_errors_page_where_suite_or_service_says_so_and_warnings_never():
    paging = replace(SUITE, page=True)
    warning = replace(BAD, severity="warning")

    assert judged(BAD, suite=paging).alerts[0].harm
    assert judged(BAD, pages=("suite:orders",)).alerts[0].harm
    assert judged(BAD, pages=("suite",)).alerts[0].harm
    assert not judged(BAD, pages=("suite:others",)).alerts[0].harm
    assert not judged(warning, suite=paging).alerts[0].harm
    assert "warning" in judged(warning).alerts[0].rule


def test_a_suite_that_cannot_be_run_is_told_once_and_keeps_what_stands():
    standing = judged(BAD).standing

    broken = judged(standing=standing, suite=replace(SUITE, page=True), problem="it took longer than 9 s")
    again = judged(standing=broken.standing, problem="it took longer than 9 s")

    (alert,) = broken.alerts
    assert alert.text == "the suite orders could not be run: it took longer than 9 s"
    assert (alert.harm, broken.points, again.alerts) == (False, (), ())
    assert broken.standing.failing == standing.failing
    assert judged(BAD, standing=again.standing).standing.problem == ""


def test_a_check_of_no_rows_is_no_signal():
    assert judged(replace(GOOD, rows=0)).points == ()

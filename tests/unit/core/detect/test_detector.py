from __future__ import annotations

import math

import numpy as np
import pytest

from aright.core.detect import Settings
from aright.core.model.signal import Segment
from tests.unit.core.detect.simulation import WIDTH, detector, healthy, kind_of, point, update

NORTH, V2 = Segment("region", "north"), Segment("version", "v2")


def errors(window, share, *, n=300, segment=None):
    """A window's failed units, as even as they can be."""
    total = math.floor((window + 1) * n * share) - math.floor(window * n * share)
    return point("error_share", window, n, total, *([segment] if segment else []))


def learned(windows=30, share=0.02, **settings):
    judge = detector(**settings)
    for window in range(windows):
        assert update(judge, window, [errors(window, share)]) == []
    return judge


def first_alarm(judge, windows, make, *, quiet=False):
    for window in windows:
        alerts = update(judge, window, make(window), quiet=quiet)
        if alerts:
            return window, alerts
    return None, []


def test_an_alert_tells_what_moved_since_when_and_how_surely():
    judge = learned()
    window, (alert,) = first_alarm(judge, range(30, 40), lambda at: [errors(at, 0.10)])
    assert window == 32
    assert (alert.key, alert.signal, str(alert.segment)) == (
        "s/all/error_share",
        "error_share",
        "all traffic",
    )
    assert alert.harm
    assert (alert.since, alert.at, alert.units) == (30 * WIDTH, 33 * WIDTH, 900)
    assert alert.before == pytest.approx(0.02)
    assert alert.now == pytest.approx(0.10)
    assert alert.low < alert.now < alert.high
    assert alert.threshold == pytest.approx(math.log(86_400))
    assert alert.log_e >= alert.threshold
    assert "against 25 healthy windows" in alert.rule


def test_an_alert_is_raised_once_and_again_when_the_signal_was_back():
    judge = learned()
    first, _ = first_alarm(judge, range(30, 40), lambda at: [errors(at, 0.10)])
    assert first is not None
    assert first_alarm(judge, range(first + 1, 60), lambda at: [errors(at, 0.10)]) == (None, [])
    assert first_alarm(judge, range(60, 120), lambda at: [errors(at, 0.02)]) == (None, [])
    assert first_alarm(judge, range(120, 130), lambda at: [errors(at, 0.10)])[0] == 122


def test_one_burst_alone_does_not_alarm():
    judge = learned()
    assert update(judge, 30, [errors(30, 0.9)]) == []
    assert first_alarm(judge, range(31, 60), lambda at: [errors(at, 0.02)]) == (None, [])


def test_a_small_change_is_not_looked_for():
    judge = learned(400)
    assert first_alarm(judge, range(400, 600), lambda at: [errors(at, 0.0215)]) == (None, [])


def test_nothing_is_judged_while_learning():
    judge = detector()
    assert first_alarm(judge, range(19), lambda at: [errors(at, 0.5 if at > 10 else 0.0)]) == (None, [])


def test_a_bad_release_is_judged_by_what_held_before_it():
    judge = learned()
    window, alerts = first_alarm(
        judge, range(30, 40), lambda at: [errors(at, 0.02), errors(at, 0.15, n=60, segment=V2)]
    )
    assert window is not None
    assert [alert.segment for alert in alerts] == [V2]
    assert alerts[0].before == pytest.approx(0.02)


def test_a_new_segment_learns_what_is_usual_for_it():
    judge = learned()
    pair = first_alarm(
        judge, range(30, 120), lambda at: [errors(at, 0.02), errors(at, 0.15, n=60, segment=NORTH)]
    )
    assert pair == (None, [])


def test_during_an_incident_nothing_is_learned_and_new_streams_alarm_once():
    judge = learned()
    first, _ = first_alarm(judge, range(30, 40), lambda at: [errors(at, 0.10)])
    assert first is not None
    assert first_alarm(judge, range(first + 1, 300), lambda at: [errors(at, 0.10)], quiet=True) == (None, [])
    window, (alert,) = first_alarm(judge, range(300, 310), lambda at: [errors(at, 0.10)])
    assert window == 302
    assert alert.before == pytest.approx(0.02)


def test_other_streams_that_move_during_an_incident_are_told():
    judge = detector()
    for window in range(30):
        update(judge, window, [errors(window, 0.02), errors(window, 0.02, segment=NORTH)])
    update(judge, 30, [errors(30, 0.02), errors(30, 0.02, segment=NORTH)], quiet=True)
    window, alerts = first_alarm(
        judge, range(31, 40), lambda at: [errors(at, 0.02), errors(at, 0.2, segment=NORTH)], quiet=True
    )
    assert window is not None
    assert [alert.segment for alert in alerts] == [NORTH]


def shares(window, share):
    return [point("feature:age:none", window, 300, round(300 * share + (window % 2)))]


def test_a_lasting_shift_without_harm_gives_one_notice_and_becomes_usual():
    judge = detector()
    assert first_alarm(judge, range(30), lambda at: shares(at, 0.1)) == (None, [])
    window, (alert,) = first_alarm(judge, range(30, 40), lambda at: shares(at, 0.4))
    assert window is not None
    assert not alert.harm
    assert first_alarm(judge, range(window + 1, 120), lambda at: shares(at, 0.4)) == (None, [])
    back, (again,) = first_alarm(judge, range(120, 130), lambda at: shares(at, 0.1))
    assert back is not None
    assert again.before == pytest.approx(0.4, abs=0.01)


def test_a_slow_leak_does_not_become_the_reference():
    judge, rng = learned(60), np.random.default_rng(7)
    leak = ((at, 0.02 * 1.06 ** (at - 60)) for at in range(60, 110))
    found = [
        at
        for at, share in leak
        if update(judge, at, [point("error_share", at, 300, rng.binomial(300, share))])
    ]
    assert found


def test_replaying_the_same_windows_rebuilds_the_same_detector():
    one, other = detector(false_pages=3_000), detector(false_pages=3_000)
    windows = list(healthy(21, 90, "bursts"))
    told = [update(one, number, points, quiet=40 <= number < 50) for number, points in enumerate(windows)]
    again = [update(other, number, points, quiet=40 <= number < 50) for number, points in enumerate(windows)]
    assert told == again
    broken = [point("error_share", 90 + at, 300, 60) for at in range(5)]
    assert [update(one, 90 + at, [broken[at]]) for at in range(5)] == [
        update(other, 90 + at, [broken[at]]) for at in range(5)
    ]


def test_points_that_cannot_be_counted_are_left_alone():
    judge = learned()
    strange = [
        point("no_signal", 30, 10, 5),
        point("error_share", 30, 0, 0),
        point("error_share", 30, float("nan"), 1, NORTH),
        point("error_share", 30, 10, float("inf"), NORTH),
    ]
    assert update(judge, 30, strange) == []
    assert update(judge, 31, []) == []
    assert update(judge, 32, [point("error_share", 32, 10, 12.0)]) == []


def test_settings_that_make_no_sense_are_refused():
    for wrong in (
        {"false_pages": 0.0},
        {"false_notices": -1.0},
        {"learning_windows": 1},
        {"gap_windows": -1},
        {"growth": 1.0},
        {"fewest_windows": 0},
    ):
        with pytest.raises(ValueError, match=r"must be|are rates"):
            Settings(kind_of=kind_of, **wrong)


def test_a_chance_event_before_a_large_change_is_not_its_beginning():
    judge = learned(windows=40, share=0.0)
    units = {45: 1.0, **dict.fromkeys(range(50, 60), 18.0)}
    window, (alert,) = first_alarm(
        judge, range(40, 60), lambda at: [point("error_share", at, 30, units.get(at, 0.0))]
    )
    assert window in {51, 52, 53}
    assert alert.since == 50 * WIDTH
    assert alert.now == pytest.approx(0.6)


def test_a_change_that_grows_began_when_it_was_small():
    judge = learned(windows=40, share=0.0)
    units = {40: 2.0, 41: 2.0, **dict.fromkeys(range(42, 60), 30.0)}
    _, (alert,) = first_alarm(judge, range(40, 60), lambda at: [point("error_share", at, 30, units[at])])
    assert alert.since == 40 * WIDTH

"""Streams that come and go: memory stays bounded, new ones are judged, and promises are kept."""

from __future__ import annotations

import numpy as np
import pytest

from aright.core.detect import Detector, Settings
from aright.core.detect.streams import Streams
from aright.core.model.signal import ALL, Segment, SignalPoint
from aright.core.model.times import DAY
from tests.unit.core.detect.simulation import kind_of

A_DAY = 12
"""Windows of two hours, so that months pass soon."""

WIDTH = DAY // A_DAY
WEEK = 7 * A_DAY


def detector(**settings) -> Detector:
    return Detector(Settings(kind_of=kind_of, **settings))


def point(at, segment=ALL, total=4.0, name="error_share"):
    return SignalPoint(
        service="s", name=name, start=at * WIDTH, width=WIDTH, n=200, total=total, segment=segment
    )


def update(judge, at, points, *, quiet=False):
    return judge.update(points, now=(at + 1) * WIDTH, quiet=quiet)


def host(week, number):
    return Segment("host", f"w{week}-{number}")


def of_hosts(random, at, hosts):
    """Return a window of all traffic and each host of the week, 2 % of it failed."""
    hits = random.binomial(200, 0.02, hosts + 1).astype(float)
    named = [point(at, host(at // WEEK, number), hits[number]) for number in range(hosts)]
    return [point(at, total=hits[-1]), *named]


def test_half_a_year_of_changing_hosts_stays_small_judged_and_quiet():
    """26 weeks of 8 hosts each at the default of one false page a month: six are accepted."""
    judge, random, alarms, most = detector(), np.random.default_rng(1), 0, 0
    for at in range(26 * WEEK):
        alarms += bool(update(judge, at, of_hosts(random, at, 8)))
        most = max(most, judge.streams)
        assert judge.left_out == 0
    assert alarms <= 6
    assert most == 17  # last week's for three days more
    broken = []
    for at in range(26 * WEEK, 26 * WEEK + 60):
        points = of_hosts(random, at, 8)
        if at >= 26 * WEEK + 40:
            points[3] = point(at, host(26, 2), 60.0)
        broken += update(judge, at, points)
    assert [alert.segment for alert in broken] == [host(26, 2)]


def test_loose_promises_are_kept_at_the_cap_while_hosts_change():
    """One false page in 50 windows is accepted, of 504 windows 10; two weeks' hosts do not fit at once.

    So hosts of a new week take the places of last week's, but for its first window: those were just seen.
    """
    judge = detector(false_pages=30 * A_DAY / 50, most_streams=64)
    random, alarms, short = np.random.default_rng(2), 0, []
    for at in range(6 * WEEK):
        alarms += bool(update(judge, at, of_hosts(random, at, 30)))
        assert judge.streams <= 56
        if judge.left_out:
            short.append(at)
    assert alarms <= 10
    assert short == [week * WEEK for week in range(1, 6)]


def test_at_the_cap_the_longest_unseen_give_way():
    """64 places, 56 of them for narrow streams: all traffic and 55 hosts fill them."""
    judge, everyone = detector(most_streams=64), [host(0, number) for number in range(55)]
    for at in range(24):
        update(judge, at, [point(at), *(point(at, each) for each in everyone[min(at, 10) :])])
    assert judge.streams == 56
    later = [point(24), *(point(24, host(1, number)) for number in range(3))]
    update(judge, 24, later)
    known = {stream.segment for stream in judge._streams.known}
    assert judge.left_out == 0
    assert judge.streams == 56
    assert known.isdisjoint(everyone[:3])
    assert known == {ALL, *everyone[3:], *(host(1, number) for number in range(3))}


def test_streams_that_are_there_do_not_give_way_and_the_rest_is_counted():
    judge = detector(most_streams=64)
    for at in range(30):
        update(judge, at, [point(at), *(point(at, host(0, number)) for number in range(80))])
        assert judge.streams == 56
        assert judge.left_out == 25


def test_versions_find_a_place_where_hosts_have_taken_all_others():
    judge = detector(most_streams=64)
    for at in range(40):
        versions = [point(at, Segment("version", f"v{number}")) for number in range(10 if at > 30 else 0)]
        hosts = [point(at, host(0, number)) for number in range(60)]
        update(judge, at, [point(at), *hosts, *versions])
    assert judge.streams == 64
    assert judge.left_out == 5 + 2


def test_names_of_no_signal_take_no_place(monkeypatch):
    monkeypatch.setattr("aright.core.detect.streams._MOST_STRANGERS", 3)
    judge = detector(most_streams=64)
    for at in range(3):
        update(judge, at, [point(at), *(point(at, name=f"nothing{number}") for number in range(80))])
    assert (judge.streams, judge.left_out) == (1, 0)
    assert len(judge._streams._strangers) <= 3


def test_one_that_comes_back_learns_anew():
    judge, north = detector(), Segment("region", "north")
    for at in range(40):
        update(judge, at, [point(at), point(at, north)])
    for at in range(40, 40 + 3 * A_DAY + 3):
        update(judge, at, [point(at)])
    assert judge.streams == 1
    start = 40 + 3 * A_DAY + 3
    alerts = [update(judge, at, [point(at), point(at, north, 60.0)]) for at in range(start, start + 60)]
    assert not any(alerts)
    again = [update(judge, at, [point(at), point(at, north, 120.0)]) for at in range(start + 60, start + 70)]
    assert [alert.before for alerts in again for alert in alerts] == [pytest.approx(0.3)]


def test_one_that_rests_over_a_weekend_is_remembered():
    judge, north = detector(), Segment("region", "north")
    for at in range(40):
        update(judge, at, [point(at), point(at, north)])
    for at in range(40, 40 + 31):
        update(judge, at, [point(at)])
    alerts = [update(judge, at, [point(at), point(at, north, 60.0)]) for at in range(71, 80)]
    assert sum(len(told) for told in alerts) == 1


@pytest.mark.parametrize("silent", [True, False])
def test_neither_silence_nor_an_incident_makes_it_forget(silent):
    judge, north = detector(), Segment("region", "north")
    for at in range(40):
        update(judge, at, [point(at), point(at, north)])
    for at in range(40, 40 + 10 * A_DAY):
        update(judge, at, [] if silent else [point(at)], quiet=not silent)
    update(judge, 300, [point(300)])
    update(judge, 301, [point(301)])
    assert judge.streams == 2


def test_all_traffic_and_open_alarms_stay_longer():
    judge, north = detector(), Segment("region", "north")
    for at in range(40):
        update(
            judge,
            at,
            [point(at, each, name=n) for each in (ALL, north) for n in ("error_share", "feature:a")],
        )
    told = []
    for at in range(40, 50):
        told += update(judge, at, [point(at), point(at, north, 150.0, "feature:a")])
    assert [alert.key for alert in told] == ["s/region=north/feature:a"]

    def after(days):
        for hour in range(days * A_DAY):
            update(judge, 50 + hour, [point(50 + hour)])
        return {(stream.name, stream.segment) for stream in judge._streams.known}

    lasting = {("error_share", ALL), ("feature:a", ALL), ("feature:a", north)}
    assert after(25) == lasting
    assert after(10) == {("error_share", ALL)}


def test_families_count_those_that_live():
    judge, random = detector(), np.random.default_rng(3)
    for at in range(40):
        update(judge, at, of_hosts(random, at, 9))
    for at in range(40, 90):
        update(judge, at, [point(at)])
    alerts = [told for at in range(90, 100) for told in update(judge, at, [point(at, total=60.0)])]
    (alert,) = alerts
    assert alert.threshold == pytest.approx(np.log(30 * A_DAY))


def test_rows_follow_the_streams_that_are_kept():
    streams = Streams(kind_of)
    points = [
        point(0, each, name=n) for n in ("error_share", "feature:a") for each in (ALL, host(0, 1), host(0, 2))
    ]
    streams.count(points)
    streams.keep(np.array([1, 2, 5]))
    assert streams.seen(points).tolist() == [0, 1, 2]
    assert len(streams.kinds) == len(streams.groups()) == len(streams.pools().of) == 3
    assert streams.groups().tolist() == [0, 0, 1]
    assert streams.row_of("error_share", host(0, 2)) == 1
    assert streams.row_of("error_share", ALL) is None
    assert len(streams.unseen(points)) == 3


def test_settings_of_forgetting_that_make_no_sense_are_refused():
    for wrong in ({"most_streams": 63}, {"forget_after": 0}, {"forget_lasting_after": DAY}):
        with pytest.raises(ValueError, match="forget_after"):
            detector(**wrong)

"""Snapshots: a detector that is frozen and thawed goes on in every bit as one that was not."""

from __future__ import annotations

from collections import OrderedDict, deque
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.detect import Detector, Settings
from aright.core.detect.snapshot import VERSION, UnreadableSnapshotError, freeze, thaw
from aright.core.model.signal import Bad, Segment, SignalKind
from tests.unit.core.detect.metric_laws import HEALTHY, window
from tests.unit.core.detect.simulation import WIDTH, healthy, kind_of, point

WINDOWS = 240
METRICS = {name: law(np.random.default_rng(3), WINDOWS) for name, law in list(HEALTHY.items())[:3]}
SHARES = list(healthy(1, WINDOWS, "some"))


def kind(name: str) -> SignalKind:
    if name.startswith("process:"):
        return SignalKind(name=name, title=name, bad=Bad.BOTH, harm=False)
    return kind_of(name)


SETTINGS = Settings(kind_of=kind)
SHORT = Settings(kind_of=kind, most_streams=64, forget_after=20 * WIDTH, forget_lasting_after=50 * WIDTH)


def points(row):
    wide = [each for each in SHARES[row] if not each.segment.attribute or each.segment.attribute == "a1"]
    broken = [point("error_share", row, 400, 90 if 150 < row < 180 else 8)]
    start = window(row, {name: float(values[row]) for name, values in METRICS.items()})
    return [*(each for each in wide if each.name != "error_share"), *broken, *start]


def guests(seed):
    """Return windows of hosts that come, stay for a while, and may come back; and of names of no signal."""
    random = np.random.default_rng(seed)
    here = np.zeros((WINDOWS, 40), dtype=np.bool_)
    for start, number, stay in random.integers(0, (WINDOWS, 40, 60), (60, 3)):
        here[start : start + stay, number] = True
    return [
        [
            *(point("error_share", row, 60, 1 + (row + at) % 2, Segment("host", str(at))) for at in hosts),
            point(f"nothing:{row % 7}", row, 10, 1),
        ]
        for row, hosts in enumerate(np.flatnonzero(each).tolist() for each in here)
    ]


def quiet(row):
    return 160 < row < 190


@cache
def uninterrupted(seed):
    """Return what is told of each window, how many streams are remembered after it, and all at the end."""
    judge, told, counts = Detector(SHORT), [], []
    for row, some in enumerate(guests(seed)):
        told.append(judge.update([*points(row), *some], now=row, quiet=quiet(row)))
        counts.append(judge.streams)
    return told, counts, judge.freeze()


@settings(deadline=None, max_examples=5)
@given(st.sets(st.integers(0, WINDOWS - 1), max_size=4), st.sampled_from([1, 2]))
def test_thawed_at_any_windows_it_goes_on_as_if_it_had_never_stopped(cuts, seed):
    """Hosts come and go, are forgotten, find no place and come back."""
    told, counts, end = uninterrupted(seed)
    assert sum(map(len, told))
    assert max(counts) <= 64
    assert (np.diff(counts) < 0).any()
    stopped = Detector(SHORT)
    for row, some in enumerate(guests(seed)):
        assert stopped.update([*points(row), *some], now=row, quiet=quiet(row)) == told[row]
        assert stopped.streams == counts[row]
        if row in cuts:
            stopped = Detector.thaw(SHORT, stopped.freeze())
    assert stopped.freeze() == end


def test_harm_is_what_the_catalogue_says_now():
    judge = Detector(SETTINGS)
    judge.update([point("events:complaint", 0, 50, 1)], now=0, quiet=False)
    assert judge.signals == {"events:complaint"}
    calm = Settings(kind_of=lambda name: SignalKind(name=name, title=name, bad=Bad.UP, harm=False))
    again = Detector.thaw(calm, judge.freeze())
    told = []
    for row in range(1, 60):
        told += again.update([point("events:complaint", row, 50, 1 if row < 40 else 20)], now=0, quiet=False)
    assert told
    assert not told[0].harm


def test_a_signal_that_is_none_any_more_makes_it_unreadable():
    judge = Detector(SETTINGS)
    judge.update([point("events:complaint", 0, 50, 1)], now=0, quiet=False)

    def nothing(name: str) -> SignalKind:
        raise LookupError(name)

    with pytest.raises(UnreadableSnapshotError, match="older catalogue"):
        Detector.thaw(Settings(kind_of=nothing), judge.freeze())


@pytest.mark.parametrize(
    "body",
    [b"", b"no snapshot", freeze({}, {})[:-4], freeze([1, 2], {}), freeze({"a": 1}, {})],
)
def test_anything_else_is_unreadable(body):
    with pytest.raises(UnreadableSnapshotError):
        Detector.thaw(SETTINGS, body)


def test_another_version_is_unreadable(monkeypatch):
    monkeypatch.setattr("aright.core.detect.snapshot.VERSION", VERSION + 1)
    body = Detector(SETTINGS).freeze()
    monkeypatch.undo()
    with pytest.raises(UnreadableSnapshotError, match="version"):
        Detector.thaw(SETTINGS, body)


def test_plain_values_come_back_as_they_were():
    value = {
        "numbers": (1, 2.5, float("inf"), True, None, np.float64(0.1), np.arange(6.0).reshape(2, 3)),
        ("a", 1): deque([1.0, 2.0], maxlen=3),
        "more": [OrderedDict(b=1), {"x", "y"}, "text", b"bytes"],
    }
    again = thaw(freeze(value, {}), {})
    assert repr(again) == repr(value)
    assert again["a", 1].maxlen == 3


def test_what_is_given_is_named_and_nothing_else_goes_in():
    sign = object()
    assert thaw(freeze([sign], {"sign": sign}), {"sign": "another"}) == ["another"]
    with pytest.raises(TypeError, match="no place"):
        freeze([sign], {})


def test_the_version_is_raised_when_what_is_kept_changes():
    """Where this fails, raise ``VERSION`` beside it: older snapshots cannot be read then."""
    judge = Detector(SETTINGS)
    for row in range(2):
        judge.update(points(row), now=row, quiet=False)
    metric = judge._metrics._metrics["rss_bytes"]
    kept = {
        type(each).__name__: sorted(vars(each))
        for each in (
            judge,
            judge._streams,
            judge._history,
            judge._evidence,
            judge._presence,
            judge._metrics,
            metric,
            *metric.rules,
        )
    }
    assert (VERSION, sum(len(names) for names in kept.values())) == (2, 94), kept

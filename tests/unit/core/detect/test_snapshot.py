"""Snapshots: a detector that is frozen and thawed goes on in every bit as one that was not."""

from __future__ import annotations

from collections import OrderedDict, deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.detect import Detector, Settings
from aright.core.detect.snapshot import VERSION, UnreadableSnapshotError, freeze, thaw
from aright.core.model.signal import Bad, SignalKind
from tests.unit.core.detect.metric_laws import HEALTHY, window
from tests.unit.core.detect.simulation import healthy, kind_of, point

WINDOWS = 240
METRICS = {name: law(np.random.default_rng(3), WINDOWS) for name, law in list(HEALTHY.items())[:3]}
SHARES = list(healthy(1, WINDOWS, "some"))


def kind(name: str) -> SignalKind:
    if name.startswith("process:"):
        return SignalKind(name=name, title=name, bad=Bad.BOTH, harm=False)
    return kind_of(name)


SETTINGS = Settings(kind_of=kind)


def points(row):
    wide = [each for each in SHARES[row] if not each.segment.attribute or each.segment.attribute == "a1"]
    broken = [point("error_share", row, 400, 90 if 150 < row < 180 else 8)]
    start = window(row, {name: float(values[row]) for name, values in METRICS.items()})
    return [*(each for each in wide if each.name != "error_share"), *broken, *start]


def quiet(row):
    return 160 < row < 190


@settings(deadline=None, max_examples=5)
@given(st.sets(st.integers(0, WINDOWS - 1), max_size=4))
def test_thawed_at_any_windows_it_goes_on_as_if_it_had_never_stopped(cuts):
    going, stopped, alarms = Detector(SETTINGS), Detector(SETTINGS), 0
    for row in range(WINDOWS):
        told = going.update(points(row), now=row, quiet=quiet(row))
        assert stopped.update(points(row), now=row, quiet=quiet(row)) == told
        alarms += len(told)
        if row in cuts:
            stopped = Detector.thaw(SETTINGS, stopped.freeze())
    assert alarms
    assert stopped.freeze() == going.freeze()


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
            judge._metrics,
            metric,
            *metric.rules,
        )
    }
    assert (VERSION, sum(len(names) for names in kept.values())) == (1, 88), kept

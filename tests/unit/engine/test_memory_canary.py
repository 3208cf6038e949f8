"""The memory canary's loop, on benches that say what memory is in use."""

from __future__ import annotations

from functools import partial

import pytest

from aright.core.prevent.memory import Call, Limits, Sample, Traced
from aright.engine.memory_canary import watch_memory
from aright.ports.workbench import WorkbenchError

QUICK = Limits(leak_after=0.5, steady_after=0.2)


class Growing:
    """A bench whose memory grows by so much a call, and whose calls take so long."""

    def __init__(self, size: float, *, seconds: float = 1e-4, broken: str = "") -> None:
        self.size, self.seconds, self.broken = size, seconds, broken
        self.calls, self.most, self.closed = 0, 0, False

    def run(self, calls: int, *, seconds: float) -> Sample:
        self.calls += calls
        self.most = max(self.most, calls)
        if self.broken:
            raise WorkbenchError(self.broken)
        return Sample(seconds=calls * self.seconds, memory={"heap": int(self.calls * self.size)})

    def trace(self, calls: int, *, seconds: float) -> Traced:
        if self.size > 100:
            raise WorkbenchError("no")
        return Traced(calls=calls, size=calls * 64, lines=(("a.py:1", calls * 64),))

    def close(self) -> None:
        self.closed = True


def test_a_leak_is_found_and_traced():
    leaking, clean = Growing(80.0), Growing(0.0)
    found = watch_memory(lambda: leaking, lambda: clean, seconds=20, limits=QUICK)
    assert found.leaks
    assert "a.py:1 (64 B a call)" in found.text
    assert leaking.calls == clean.calls
    assert leaking.closed
    assert clean.closed


def test_a_leak_is_told_even_where_it_cannot_be_traced():
    assert watch_memory(lambda: Growing(200.0), None, seconds=20, limits=QUICK).leaks


def test_it_ends_as_soon_as_it_is_certain():
    found = watch_memory(lambda: Growing(0.0), lambda: Growing(0.0), seconds=20, limits=QUICK)
    assert found.verdict.call is Call.STEADY
    assert found.seconds < 10


def test_time_that_is_up_ends_it():
    found = watch_memory(lambda: Growing(80.0), None, seconds=0.0)
    assert found.verdict.call is Call.UNSURE
    assert not found.leaks


def test_samples_stay_few_however_long_it_takes():
    bench = Growing(80.0)
    found = watch_memory(lambda: bench, None, seconds=20, limits=Limits(leak_after=20.0))
    assert found.leaks
    assert bench.most > 256


def test_a_large_leak_does_not_fill_the_machine():
    bench = Growing(100_000.0, seconds=1e-6)
    found = watch_memory(lambda: bench, None, seconds=20)
    assert found.leaks
    assert bench.calls * bench.size < 2 * 1024**3


def test_which_side_cannot_be_set_up_is_said():
    def gone() -> Growing:
        raise WorkbenchError("no module")

    whole = Growing(0.0)
    with pytest.raises(WorkbenchError, match="baseline: no module"):
        watch_memory(lambda: whole, gone, seconds=1)
    assert whole.closed


def test_a_workload_that_fails_is_an_error():
    broken = partial(Growing, 0.0, broken="it raised")
    with pytest.raises(WorkbenchError, match="candidate: it raised"):
        watch_memory(broken, None, seconds=1)

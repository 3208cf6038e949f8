"""The memory canary's verdicts on series whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from aright.core.prevent.memory import Call, LibrarySet, Limits, Sample, Series, Traced, decide, told
from aright.core.prevent.memory.sampled import MOST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.prevent.memory import Verdict
    from aright.core.prevent.memory.sampled import Floats

BATCH = 500
FLAT = np.zeros


def series(held: Sequence[float] | Floats, name: str = "heap", *, seconds: float = 0.1) -> Series:
    made = Series()
    for each in held:
        made.add(BATCH, Sample(seconds=seconds, memory={name: int(each) + 10_000_000}))
    return made


def calls(samples: int = 96) -> Floats:
    return BATCH * np.arange(1.0, samples + 1.0)


def verdict(
    shape: Callable[[Floats], Floats],
    *,
    noise: float = 0.0,
    seed: int = 0,
    name: str = "heap",
    last: bool = True,
) -> Verdict:
    rng = np.random.default_rng(seed)
    x = calls()
    candidate = series(shape(x) + noise * rng.standard_normal(len(x)), name)
    baseline = series(noise * rng.standard_normal(len(x)), name)
    return decide(candidate, baseline, Limits(), last=last)


@pytest.mark.parametrize(
    "shape",
    [
        lambda x: 80 * x,
        lambda x: 8 * x,
        lambda x: 80 * np.floor(x / 1000) * 100,
        lambda x: 80 * np.maximum(x - 10_000, 0),
        lambda x: 80 * x + 5_000_000 * (x > 4_000),
    ],
    ids=["64 B", "every tenth call", "in steps", "after a warm-up", "beside a cache that filled"],
)
@pytest.mark.parametrize("noise", [0.0, 2_000.0])
def test_leaks_are_told(shape: Callable[[Floats], Floats], noise: float):
    found = verdict(shape, noise=noise)
    assert found.call is Call.LEAK, found
    assert found.instrument == "heap"


@pytest.mark.parametrize(
    ("shape", "call"),
    [
        (lambda x: 0 * x, Call.STEADY),
        (lambda x: np.minimum(100 * x, 1_500_000), Call.STEADY),
        (lambda x: 2 * x, Call.STEADY),
        (lambda x: -50 * x, Call.STEADY),
        (lambda x: 2e6 * np.log(x), Call.SETTLING),
        (lambda x: 60_000 * np.sqrt(x), Call.UNSURE),
        (lambda x: np.minimum(100 * x, 3_500_000), Call.SETTLING),
    ],
    ids=["flat", "a cache filled early", "below the floor", "shrinking", "logarithm", "root", "filled late"],
)
def test_what_warms_up_or_fills_is_no_leak(shape: Callable[[Floats], Floats], call: Call):
    assert verdict(shape).call is call


def test_one_jump_is_neither_steady_nor_a_leak():
    assert verdict(lambda x: np.where(x > 40_000, 4e6, 0.0)).call is Call.UNSURE


def test_clean_noise_is_hardly_ever_a_leak_however_often_it_is_looked_at():
    told_as = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        held = np.cumsum(rng.standard_normal(96)) * 400 + 50_000 * rng.standard_normal(96)
        whole = series(held)
        base = series(np.zeros(96))
        for end in range(24, 97, 8):
            part = Series(whole.calls[:end], {"heap": whole.memory["heap"][:end]}, 10.0)
            other = Series(base.calls[:end], {"heap": base.memory["heap"][:end]}, 10.0)
            told_as.append(decide(part, other, Limits()).call)
    assert Call.LEAK not in told_as


def test_what_both_sides_do_cancels():
    x = calls()
    both = series(90 * x)
    assert decide(both, both, Limits()).call is Call.STEADY
    assert decide(both, None, Limits()).call is Call.LEAK
    assert decide(series(180 * x), both, Limits()).call is Call.LEAK


def test_a_leak_that_malloc_does_not_see_is_told_by_another_instrument():
    x = calls()
    candidate, baseline = Series(), Series()
    for each in x:
        candidate.add(BATCH, Sample(seconds=0.1, memory={"rss": int(400 * each), "heap": 5_000}))
        baseline.add(BATCH, Sample(seconds=0.1, memory={"rss": 3_000, "heap": 5_000}))
    found = decide(candidate, baseline, Limits())
    assert (found.call, found.instrument) == (Call.LEAK, "rss")


def test_coarse_instruments_need_more():
    assert verdict(lambda x: 30 * x, name="rss").call is Call.STEADY
    assert verdict(lambda x: 20 * x, name="mapped").call is Call.LEAK


def resident(shape: Callable[[Floats], Floats], seconds: float) -> Verdict:
    """Return the verdict where malloc is steady and resident memory has a shape."""
    candidate, baseline = Series(), Series()
    x = calls()
    for held in shape(x):
        candidate.add(BATCH, Sample(seconds=seconds / len(x), memory={"rss": int(held), "heap": 5_000}))
        baseline.add(BATCH, Sample(seconds=seconds / len(x), memory={"rss": 3_000, "heap": 5_000}))
    return decide(candidate, baseline, Limits())


def test_a_library_with_its_own_allocator_is_given_time_to_show_itself():
    def restless(x: Floats) -> Floats:
        return np.where(x > 30_000, 3e6, 0.0)

    assert resident(lambda x: 0 * x, 1.5).call is Call.STEADY
    assert resident(restless, 1.5).call is Call.UNSURE
    assert resident(restless, 4.5).call is Call.STEADY
    assert resident(lambda x: 64 * x, 1.5).call is Call.UNSURE
    assert resident(lambda x: 64 * x, 4.5).call is Call.LEAK


def test_resident_memory_that_grows_unevenly_beside_a_steady_heap_is_settling():
    candidate, baseline = Series(), Series()
    for each in calls():
        candidate.add(BATCH, Sample(seconds=0.1, memory={"rss": int(1e7 * np.log(each)), "heap": 5_000}))
        baseline.add(BATCH, Sample(seconds=0.1, memory={"rss": 3_000, "heap": 5_000}))
    assert decide(candidate, baseline, Limits()).call is Call.UNSURE
    assert decide(candidate, baseline, Limits(), last=True).call is Call.SETTLING


def test_nothing_is_certain_too_soon():
    x = calls()
    hasty = series(80 * x, seconds=0.001)
    assert decide(hasty, None, Limits()).call is Call.UNSURE
    assert decide(series(80 * x[:20]), None, Limits()).call is Call.UNSURE
    assert decide(Series(), None, Limits()) == decide(Series(), Series(), Limits())
    lonely = Series()
    lonely.add(1, Sample(seconds=1.0, memory={"rss": 1}))
    assert decide(series(x), lonely, Limits()).call is Call.UNSURE


def test_series_keep_what_all_samples_have_and_stay_bounded():
    made = Series()
    made.add(1, Sample(seconds=1.0, memory={"heap": 1, "rss": 2}))
    made.add(2, Sample(seconds=1.0, memory={"rss": 3}))
    assert made.memory == {"rss": [2, 3]}
    assert made.of("heap") is None
    assert (made.rise, Series().rise) == (1, 0)
    assert not made.thin()
    long = series(range(MOST))
    assert long.thin()
    assert len(long.calls) == MOST // 2 == len(long.memory["heap"])
    assert long.calls[-1] == MOST * BATCH


def test_verdicts_are_told_in_words():
    leak = verdict(lambda x: 80 * x)
    assert told(leak).startswith(
        "memory grows with every call: candidate +80 B a call [80, 80], baseline +0 B"
    )
    native = told(leak, Traced(calls=100, size=10, lines=()))
    assert native.endswith("account for 0.1 B of it: the rest is native code's")
    python = told(leak, Traced(calls=100, size=6_400, lines=(("a.py:3", 6_400),)))
    assert python.endswith("Allocated by Python at a.py:3 (64 B a call)")
    assert told(leak, Traced(calls=100, size=6_400, lines=())) == told(leak)
    assert told(verdict(lambda x: 0 * x)).startswith("memory is steady")
    assert told(verdict(lambda x: np.asarray(2e6 * np.log(x), dtype=np.float64))).startswith(
        "memory grows ever more slowly"
    )
    both = series(90 * calls())
    assert "but the baseline's does as well" in told(decide(both, both, Limits()))
    assert "may grow by up to" in told(verdict(lambda x: np.where(x > 40_000, 4e6, 0.0)))
    assert "no baseline" in told(decide(series(80 * calls()), None, Limits()))


def test_sets_are_named():
    assert LibrarySet().name == "installed"
    assert LibrarySet(paths=("new",), python="/x/python").name == "new, /x/python"

"""Comparing the approved alone lies; the hold-out does not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from aright.core.mitigate.canary import Judge
from aright.core.mitigate.canary.refusals import Losses, hold_out_losses
from aright.core.model.release import Call, Metric, Policy
from aright.core.model.service import Service

SHARE = 0.05
N = 400_000
Bools = npt.NDArray[np.bool_]


def _rows(bad: Bools, declined: Bools, rng: np.random.Generator) -> pa.Table:
    held = rng.random(len(bad)) < SHARE
    seen = ~declined | held
    return pa.table(
        {
            "label": np.where(declined, "declined", "approve"),
            "attr.held_out": np.where(held, "yes", "no"),
            "outcome.fraud": pa.array(bad.astype(float), mask=~seen),
        }
    )


def _both() -> tuple[tuple[Bools, Bools], tuple[Bools, Bools]]:
    """Return (bad, declined) of a stable version, and of one that declines twice as many good ones."""
    rng = np.random.default_rng(8)
    bad = rng.random((2, N)) < 0.02
    old = np.where(bad[0], rng.random(N) < 0.7, rng.random(N) < 0.03)
    new = np.where(bad[1], rng.random(N) < 0.7, rng.random(N) < 0.06)
    return (bad[0], old), (bad[1], new)


def test_the_ratio_of_what_is_seen_is_that_of_all() -> None:
    rng = np.random.default_rng(9)
    found: list[Losses] = [hold_out_losses(_rows(bad, no, rng), "fraud") for bad, no in _both()]
    seen = found[1].wrongly_declined.mean() / found[0].wrongly_declined.mean()
    missed = found[1].missed.mean() / found[0].missed.mean()

    assert seen == pytest.approx(2.0, rel=0.15)
    assert missed == pytest.approx(1.0, rel=0.08)


def test_the_approved_alone_do_not_show_it() -> None:
    shares = [(bad & ~no).sum() / (~no).sum() for bad, no in _both()]

    assert shares[1] / shares[0] == pytest.approx(1.0, abs=0.1)  # twice the harm to good customers, unseen


def test_a_version_that_declines_the_riskier_half_looks_better_among_the_approved() -> None:
    rng = np.random.default_rng(10)
    risky = rng.random(N) < 0.5
    bad = rng.random(N) < np.where(risky, 0.01, 0.002)
    lax, strict = np.zeros(N, dtype=bool), risky
    approved = [(bad & ~no).sum() / (~no).sum() for no in (lax, strict)]
    seen = hold_out_losses(_rows(bad, strict, rng), "fraud")

    assert approved[1] < approved[0] / 2  # "better"
    assert seen.wrongly_declined.mean() == pytest.approx(SHARE * (risky & ~bad).mean(), rel=0.05)


def test_what_is_not_known_yet_is_left_open() -> None:
    rows = pa.table({"score": [0.9, 0.1, None], "attr.held_out": ["YES", None, None]})
    found = hold_out_losses(rows, "fraud", Service(key="s", threshold=0.5))

    assert np.isnan(found.wrongly_declined).tolist() == [True, False, True]
    assert np.isnan(found.missed).tolist() == [False, True, True]
    assert hold_out_losses(pa.table({"label": ["declined"]}), "fraud").wrongly_declined.tolist() == [0.0]


def test_a_canary_that_refuses_good_ones_is_seen_through_the_hold_out():
    rng = np.random.default_rng(5)
    count = 40_000
    by_canary = rng.random(count) < 0.5
    refused = rng.random(count) < np.where(by_canary, 0.3, 0.1)
    held = refused & (rng.random(count) < 0.05)
    known = ~refused | held
    rows = pa.table(
        {
            "id": [str(at) for at in range(count)],
            "unit": [f"u{at}" for at in range(count)],
            "time": pa.array(np.arange(count) * 1_000, pa.int64()),
            "version": np.where(by_canary, "9", "8"),
            "label": np.where(refused, "declined", "approved"),
            "attr.held_out": np.where(held, "yes", "no"),
            "outcome.fraud": pa.array(np.zeros(count), mask=~known),
        }
    )
    policy = Policy(metrics=(Metric(name="missed:fraud"), Metric(name="wrongly_declined:fraud")))
    judge = Judge(policy, stable="8", candidate="9")
    judge.add(rows.drop_columns(["outcome.fraud"]))
    judge.add(rows.filter(pa.array(known)), metrics=["missed:fraud", "wrongly_declined:fraud"])
    look = judge.look(at=60_000_000, share=0.5, step=3, since=0)
    assert look.call is Call.ROLL_BACK
    assert look.judged[0].metric == "wrongly_declined:fraud"
    assert look.judged[0].low > 1.5

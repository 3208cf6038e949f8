"""Verification on simulated rows: right when it speaks, silent on too little data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from aright.core.mitigate import verify
from aright.core.mitigate.harm import losses, rows_of
from aright.core.mitigate.level import level_of
from aright.core.model.evidence import Reach
from aright.core.model.signal import Segment
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.incident.making import NORTH, alert, diagnosis, in_place, scope

if TYPE_CHECKING:
    from aright.core.model.incident import Incident

HEALTHY, FAILING = 0.12, 0.05
WIDE = 200_000


def rows(
    rng: np.random.Generator,
    n: int,
    click: float,
    *,
    start: int = 0,
    span: int = 10 * MINUTE,
    **changes: float,
) -> pa.Table:
    """``n`` rows of region north, as many of region south, which is always healthy."""
    north = np.arange(2 * n) % 2 == 0
    graded = rng.random(2 * n) < changes.get("graded", 1.0)
    clicked = (rng.random(2 * n) < np.where(north, click, HEALTHY)).astype(np.float64)
    return pa.table(
        {
            "time": pa.array(start + np.sort(rng.integers(0, span, 2 * n)), pa.timestamp("us", tz="UTC")),
            "unit": pa.array([f"u{unit}" for unit in rng.integers(0, WIDE, 2 * n)]),
            "attr.region": pa.array(np.where(north, "north", "south")).dictionary_encode(),
            "fallback": pa.array(north & (rng.random(2 * n) < changes.get("fallback", 0.0))),
            "outcome.click": pa.array(np.where(graded, clicked, np.nan), from_pandas=True),
            "outcome.complaint": pa.array((rng.random(2 * n) < changes.get("complaint", 0.0)) & north).cast(
                pa.float32()
            ),
        }
    )


def hit(loss: str = "quality:click", inside_now: float = 1 - FAILING, units: int = 800) -> Incident:
    found = scope(loss=loss, inside_now=inside_now, units_hit=units)
    return in_place(diagnosis=diagnosis(scope=found))


def test_quality_that_came_back_is_verified_with_its_interval():
    rng = np.random.default_rng(1)
    said = verify(rows(rng, 5_000, HEALTHY), hit(), rows(rng, 3_000, HEALTHY))
    assert said.done
    assert said.recovered
    assert 0.5 <= said.low < 1 < said.high
    assert said.text.startswith("Among region = north, click quality 1")
    assert "of the loss came back (95\u202f% interval" in said.text


def test_quality_that_stayed_away_is_not():
    rng = np.random.default_rng(2)
    said = verify(rows(rng, 5_000, HEALTHY), hit(), rows(rng, 6_000, FAILING))
    assert (said.done, said.recovered) == (True, False)
    assert said.high < 0.5
    assert said.text.endswith("it did not help.")


def test_what_came_back_in_part_is_not_called_back():
    rng = np.random.default_rng(3)
    part = FAILING + 0.65 * (HEALTHY - FAILING)
    said = verify(rows(rng, 60_000, HEALTHY), hit(units=60_000), rows(rng, 60_000, part))
    assert (said.done, said.recovered) == (True, False)
    assert said.text.endswith("only a part of it.")


@pytest.mark.parametrize("n", [0, 1, 20, 45])
def test_too_little_data_is_never_verified(n):
    rng = np.random.default_rng(4)
    said = verify(rows(rng, 5_000, HEALTHY), hit(), rows(rng, n, 1.0))
    assert (said.done, said.recovered) == (False, False)
    assert f"{n} users were counted since, too few" in said.text or n == 0


def test_a_handful_of_good_rows_does_not_verify():
    rng = np.random.default_rng(5)
    said = verify(rows(rng, 5_000, HEALTHY), hit(), rows(rng, 100, 0.13))
    assert not said.done
    assert said.text.endswith("too early to say.")


def test_one_persons_retries_count_once():
    rng = np.random.default_rng(6)
    few = rows(rng, 40, HEALTHY)
    burst = pa.concat_tables([few] * 50)
    assert not verify(rows(rng, 5_000, HEALTHY), hit(), burst).done


def test_the_healthy_rest_does_not_hide_the_segment():
    rng = np.random.default_rng(7)
    after = rows(rng, 3_000, FAILING)
    south = after.filter(pa.array([region == "south" for region in after["attr.region"].to_pylist()]))
    mostly_south = pa.concat_tables([after, *[south] * 20]).sort_by("time")
    assert not verify(rows(rng, 5_000, HEALTHY), hit(), mostly_south).recovered


def test_a_failure_is_not_called_one_while_it_may_still_take_effect():
    rng = np.random.default_rng(8)
    reference = rows(rng, 5_000, HEALTHY)
    ordered = hit(units=4_000)
    early = rows(rng, 20_000, FAILING, span=4 * MINUTE)
    said = verify(reference, ordered, early)
    assert not said.done
    assert said.text.endswith("It may still be taking effect.")
    rolled_out = pa.concat_tables([early, rows(rng, 8_000, HEALTHY, start=5 * MINUTE, span=3 * MINUTE)])
    assert verify(reference, ordered, rolled_out).recovered


def test_the_failing_rows_are_better_than_what_was_told_of_them():
    rng = np.random.default_rng(9)
    reference, during = rows(rng, 5_000, HEALTHY), rows(rng, 3_000, FAILING, fallback=0.9)
    proxy = hit("fallback_share", 0.9)
    after = rows(rng, 5_000, FAILING, fallback=0.0)
    told = verify(reference, proxy, after)
    assert told.recovered, "by what was told, only the proxy can be read"
    assert "fallback share" in told.text
    measured = verify(reference, proxy, after, during)
    assert not measured.recovered, "the answers are as bad as before, only unmarked"
    assert "click quality" in measured.text


def test_without_a_diagnosis_the_alert_tells_the_failing_level():
    rng = np.random.default_rng(10)
    alone = in_place(alerts=(alert(now=(HEALTHY + FAILING) / 2),))
    assert verify(rows(rng, 9_000, HEALTHY), alone, rows(rng, 9_000, HEALTHY)).recovered
    other = in_place(alerts=(alert("coverage"),))
    said = verify(rows(rng, 900, HEALTHY), other, rows(rng, 900, HEALTHY))
    assert (said.done, said.text) == (
        False,
        "No loss that can be read from single rows was measured before the mitigation.",
    )


def test_where_nothing_was_lost_nothing_can_come_back():
    rng = np.random.default_rng(11)
    said = verify(rows(rng, 2_000, HEALTHY), hit(inside_now=1 - HEALTHY), rows(rng, 2_000, HEALTHY))
    assert not said.done


def test_a_segment_that_the_rows_do_not_have_is_waited_for():
    rng = np.random.default_rng(12)
    strange = in_place(diagnosis=diagnosis(scope=scope(segment=Segment("planet", "mars"))))
    assert not verify(rows(rng, 900, HEALTHY), strange, rows(rng, 900, HEALTHY)).done


def since_update(rng: np.random.Generator, n: int, click: float, *, start: int = 0) -> pa.Table:
    """The same rows of a year later: everybody of region north has a version that nobody had before."""
    found = rows(rng, n, click, start=start)
    versions = ["v2" if region == "north" else "v1" for region in found["attr.region"].to_pylist()]
    units = [f"{region} {number % 500}" for number, region in enumerate(found["attr.region"].to_pylist())]
    return found.append_column("attr.version", pa.array(versions)).set_column(1, "unit", pa.array(units))


@pytest.mark.parametrize("named", [True, False])
def test_what_came_up_since_is_held_against_its_units_before_or_else_against_all(named):
    rng = np.random.default_rng(15)
    reference, during, after = (since_update(rng, 3_000, each) for each in (HEALTHY, FAILING, HEALTHY))
    reference = reference.set_column(4 + 2, "attr.version", pa.array(["v1"] * reference.num_rows))
    if not named:
        reference = reference.drop_columns("unit")
    segment = Segment("version", "v2")
    said = verify(reference, in_place(diagnosis=diagnosis(scope=scope(segment=segment))), after, during)
    assert said.recovered
    assert said.text.startswith("Among version = v2")


def test_everybody_hit_is_measured_over_everybody():
    rng = np.random.default_rng(13)
    reference = rows(rng, 4_000, HEALTHY)
    everywhere = in_place(
        diagnosis=diagnosis(scope=scope(reach=Reach.GLOBAL, inside_now=1 - FAILING, units_hit=2_000))
    )
    said = verify(reference, everywhere, rows(rng, 4_000, HEALTHY))
    assert said.recovered
    assert said.text.startswith("Over all traffic")


# Outcomes that come late


def test_the_youngest_rows_wait_for_their_grades():
    rng = np.random.default_rng(14)
    reference = rows(rng, 5_000, HEALTHY, graded=0.8)
    ripe = rows(rng, 3_000, FAILING, graded=0.8)
    # A click is told at once, its absence a minute later: by the graded ones alone all is splendid.
    young = rows(rng, 3_000, HEALTHY, start=10 * MINUTE, span=MINUTE)
    clicked = [1.0 if click else None for click in young["outcome.click"].to_pylist()]
    place = young.schema.get_field_index("outcome.click")
    young = young.set_column(place, "outcome.click", pa.array(clicked, pa.float64()))
    said = verify(reference, hit(), pa.concat_tables([ripe, young]))
    assert not said.recovered


def test_nobody_has_complained_yet_is_no_recovery():
    rng = np.random.default_rng(15)
    reference = rows(rng, 20_000, HEALTHY, complaint=0.002)
    loud = hit("events:complaint", 0.05)
    fresh = rows(rng, 3_000, HEALTHY, complaint=0.0, span=4 * MINUTE).drop_columns(["outcome.click"])
    reference = reference.drop_columns(["outcome.click"])
    assert not verify(reference, loud, fresh).done
    quiet = rows(rng, 6_000, HEALTHY, complaint=0.002, span=15 * MINUTE).drop_columns(["outcome.click"])
    assert verify(reference, loud, quiet).recovered
    silent = quiet.drop_columns(["outcome.complaint"])
    assert verify(reference, loud, silent).recovered, "no complaint at all has no column"


# How often it is wrong, and how soon it is right


def looks(seed: int, click: float, *, every: int = 60 * SECOND) -> bool:
    """Look every minute of twelve at growing rows, 3 graded users of the segment a second."""
    rng = np.random.default_rng(seed)
    reference, during = rows(rng, 3_000, HEALTHY), rows(rng, 600, FAILING)
    after = rows(rng, 3 * 60 * 12, click, span=12 * MINUTE)
    times = after["time"].cast(pa.int64()).to_numpy()
    for end in range(every, 12 * MINUTE + 1, every):
        said = verify(reference, hit(), after.slice(0, int(np.searchsorted(times, end))), during)
        if said.done:
            return said.recovered
    return False


def test_looking_every_minute_hardly_ever_verifies_what_brought_back_half():
    half = (HEALTHY + FAILING) / 2
    verified = sum(looks(seed, half) for seed in range(24))
    assert verified <= 3, "more than 3 of 24 has probability 0.03 where 0.05 is promised"


def test_what_did_help_is_verified_within_minutes():
    verified = sum(looks(seed, HEALTHY, every=3 * MINUTE) for seed in range(24))
    assert verified >= 17


# Its parts


def test_a_rate_without_cases_is_not_known_to_be_zero():
    table = pa.table({"unit": [f"u{i}" for i in range(100)]})
    level = level_of(table, np.zeros(100))
    assert level.mean == 0
    assert level.variance > 0.0001


def test_units_are_counted_once_and_rows_without_one_are_their_own():
    table = pa.table({"unit": ["a", "a", "a", "b", None, None]})
    level = level_of(table, np.array([1.0, 1.0, 1.0, 0.0, 0.0, np.nan]))
    assert level.units == 3
    assert level.mean == pytest.approx(1 / 3)
    assert level_of(pa.table({"x": [1, 2]}), np.array([0.0, 1.0])).units == 2
    assert level_of(table.slice(0, 0), np.array([])).units == 0
    assert level_of(table.slice(0, 1), np.array([0.3])).variance == 0.25


def test_losses_are_read_row_by_row():
    table = pa.table(
        {"status": [200, 500, None], "fallback": [True, False, None], "outcome.x": [1.5, -1, 0.5]}
    )
    assert losses(table, "error_share").tolist()[:2] == [0, 1]
    assert losses(table, "fallback_share").tolist()[:2] == [1, 0]
    assert losses(table, "quality:x").tolist() == [0, 1, 0.5]
    assert np.isnan(losses(table, "quality:y")).all()
    assert rows_of(table, Segment("region", "north")).num_rows == 0
    assert rows_of(pa.table({"version": ["a", "b"]}), Segment("version", "a")).num_rows == 1
    assert NORTH.attribute == "region"

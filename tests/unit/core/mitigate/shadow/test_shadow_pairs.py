"""Which uncopied requests stand beside pairs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from aright.core.mitigate.canary.units import UnitSet
from aright.core.mitigate.shadow.matching import MOST_WAITING, SIDE, Matching
from aright.core.mitigate.shadow.pairs import evened, sample


def _rows(units: list[str | None]) -> pa.Table:
    count = len(units)
    return pa.table(
        {
            "id": [f"i{at}" for at in range(count)],
            "unit": pa.array(units, pa.string()),
            "time": pa.array(range(count), pa.int64()),
        }
    )


def test_units_that_are_copied_more_often_stand_for_more() -> None:
    light, heavy = [f"l{at}" for at in range(2_000)], [f"h{at // 4}" for at in range(2_000)]
    kept = evened(_rows([*light, *heavy]), _rows([*light[:40], *heavy[:40]]))

    assert 0.18 < kept[:2_000].mean() < 0.33
    assert kept[2_000:].mean() > 0.9


def test_units_that_are_copied_whole_stand_for_as_many() -> None:
    assert evened(_rows(["a", "a", "b"]), _rows(["c"])).all()


def test_a_unit_counts_by_its_first_row_and_rows_without_one_by_themselves() -> None:
    taken = sample(_rows(["u", "u", None, None]), UnitSet(), np.array([0.0, 1.0, 1.0, np.nan]))

    assert taken.row.tolist() == [0, 2]
    assert taken.loss[0].tolist() == [0.0, 1.0]


def test_rows_that_wait_stay_bounded() -> None:
    count = MOST_WAITING + 10
    rows = pa.table(
        {
            "id": pa.array(map(str, range(count)), pa.string()),
            "pair": pa.nulls(count, pa.string()),
            "trace_id": pa.nulls(count, pa.string()),
            "time": pa.array(range(count), pa.int64()),
            SIDE: pa.array(np.ones(count, dtype=np.int64)),
        }
    )
    matching = Matching(patient=True)
    matching.add(rows)
    matching.take(count)

    assert matching.lost == 10
    assert Matching().take(1) is None

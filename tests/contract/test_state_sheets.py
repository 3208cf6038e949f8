"""Sheets of profiles, in every state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.core.model.signal import Segment
from tests.contract.keeping import KINDS, make, roll_back, sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aright.ports.state import State, Transaction

NORTH = Segment("region", "north")


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    made = make(request.param, tmp_path)
    yield made
    made.close()


def test_sheets_are_chosen_by_time_part_and_width(state: State):
    kept = [
        sheet(1, width=30, body=b"\x00\xff"),
        sheet(1, width=30, segment=NORTH),
        sheet(1, width=30, version="v2"),
        sheet(1, width=30, segment=NORTH, version="v2"),
        sheet(1, width=3_600),
        msgspec.structs.replace(sheet(2, width=30), share=0.25, left_out=3),
    ]
    with state.transaction() as tx:
        tx.add_sheets([*kept[::-1], sheet(0), sheet(9), sheet(1, service="other")])
        tx.add_sheets([])
    with state.transaction() as tx:
        assert list(tx.sheets("shop", start=1, end=9)) == [kept[0], kept[1], kept[2], kept[3], *kept[4:]]
        assert list(tx.sheets("shop", start=1, end=9, segment=NORTH)) == [kept[1], kept[3]]
        assert list(tx.sheets("shop", start=1, end=9, version="")) == [kept[0], kept[1], kept[4], kept[5]]
        assert list(tx.sheets("shop", start=1, end=9, segment=NORTH, version="v2")) == [kept[3]]
        assert list(tx.sheets("shop", start=0, end=99, narrower=30)) == [sheet(0), sheet(9)]
        assert list(tx.sheets("none", start=0, end=99)) == []
        assert tx.first_sheet("shop", narrower=30) == 0
        assert tx.first_sheet("other", narrower=1) is None


def test_a_sheet_written_again_is_replaced(state: State):
    with state.transaction() as tx:
        tx.add_sheets([sheet(1), sheet(1, body=b"new")])
        assert [found.body for found in tx.sheets("shop", start=0, end=9)] == [b"new"]


def test_sheets_are_removed_by_their_identity_and_dropped_by_age(state: State):
    with state.transaction() as tx:
        tx.add_sheets([sheet(at) for at in range(5)])
        tx.add_sheets([sheet(1, segment=NORTH), sheet(1, width=2)])
        assert tx.remove_sheets([sheet(1, body=b"other"), sheet(7)]) == 1
        assert tx.drop_sheets(2) == 3
        assert [found.start for found in tx.sheets("shop", start=0, end=9)] == [2, 3, 4]
        assert tx.drop_sheets(2) == 0

    def change(tx: Transaction) -> None:
        tx.drop_sheets(9)
        tx.add_sheets([sheet(8)])
        tx.remove_sheets([sheet(8)])

    roll_back(state, change)
    with state.transaction() as tx:
        assert [found.start for found in tx.sheets("shop", start=0, end=9)] == [2, 3, 4]

"""kill −9 at random moments of a whole server: every acknowledged alert is told, and told once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.chaos.night import Morning, night
from tests.contract.running_postgres import running

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("ARIGHT_KILLS", "50"))
"""Over both databases; 1,000 take a quarter of an hour."""

ROUND = 50
"""Kills of one night: a store of thousands of open incidents is another test's."""


def judge(found: Morning) -> None:
    assert found.lost == ()
    assert found.doubled == ()
    assert found.broken == ()
    assert found.acknowledged > found.kills, "too few alerts to show anything"


def rounds(kills: int) -> list[int]:
    return [min(ROUND, kills - done) for done in range(0, kills, ROUND)]


@pytest.mark.chaos
def test_no_alert_is_lost_and_none_is_told_twice(tmp_path: Path):
    for number, kills in enumerate(rounds((KILLS + 1) // 2)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        judge(night(folder, kills=kills, seed=number))


@pytest.mark.chaos
def test_nor_where_replicas_may_share_the_state(tmp_path: Path):
    with running() as server:
        for number, kills in enumerate(rounds(KILLS // 2)):
            folder = tmp_path / f"{number}"
            folder.mkdir()
            judge(night(folder, kills=kills, seed=1_000 + number, state=server.make()))

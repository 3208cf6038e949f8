"""kill −9 in the middle of a storm of alerts: none is lost, none is told twice, one incident stays one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.storm import killed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_storm_outlives_kill_nine(tmp_path: Path) -> None:
    assert killed(tmp_path / "store", 2_000) == (0, 0, 0)

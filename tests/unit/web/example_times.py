"""When the example incident happens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from aright.core.model.signal import Segment
from aright.core.model.times import MINUTE, SECOND, from_datetime

BASE: Final = from_datetime(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))

ONSET: Final = BASE + 150 * SECOND

DECLARED: Final = BASE + 280 * SECOND

MITIGATED: Final = BASE + 14 * MINUTE

NOW: Final = BASE + 12 * MINUTE

LATER: Final = BASE + 24 * MINUTE

WIDTH: Final = 30 * SECOND

NORTH: Final = Segment("region", "north")

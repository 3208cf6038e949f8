"""What is lost and what is doubled where a whole server is killed with kill −9 again and again.

A real server takes alerts at its doors and pages to a fake PagerDuty and a webhook, while it is killed at
random moments; half of the kills with the embedded state, half with a PostgreSQL. Each alert that a door said
yes to must be in an incident, each incident one alert at PagerDuty, and its events replay to what is kept.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from bench.report import Figure, at_most
from tests.chaos.night import night
from tests.contract.running_postgres import running

if TYPE_CHECKING:
    from tests.chaos.night import Morning

_ROUND = 50
"""Kills of one night, after which the store is looked at, and another begun."""


def nights(kills: int, seed: int, state: str = "") -> list[Morning]:
    """Kill so often over one sort of state; a PostgreSQL's address stands for a database of its own."""
    found = []
    for number in range(0, kills, _ROUND):
        with tempfile.TemporaryDirectory(prefix="aright-night-") as folder:
            schema = f"?schema=night{number}" if state else ""
            found.append(
                night(
                    Path(folder),
                    kills=min(_ROUND, kills - number),
                    seed=seed + number,
                    state=state and state + schema,
                )
            )
    return found


def figures(*, quick: bool) -> list[Figure]:
    """Kill 1,000 times, 50 where it has to be quick; both states at once."""
    kills = 50 if quick else 1_000
    with running() as postgres, ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(nights, kills // 2, 1),
            pool.submit(nights, kills // 2, 100_001, postgres.make()),
        ]
        found = [morning for job in jobs for morning in job.result()]
    return [
        Figure("kill -9 of a whole server", sum(each.kills for each in found)),
        Figure("alerts acknowledged meanwhile", sum(each.acknowledged for each in found)),
        at_most("alerts and pages lost", sum(len(each.lost) for each in found), 0),
        at_most("alerts at PagerDuty beyond one per incident", sum(len(each.doubled) for each in found), 0),
        at_most("incidents whose events do not replay", sum(len(each.broken) for each in found), 0),
        Figure("requests repeated under the same key", sum(each.repeated for each in found)),
    ]

"""Teams' own suites as monitors: run beside the engine over stored rows, told as windows close."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.detect.suites import Run, judge_suite
from aright.core.model.frame import Kind
from aright.core.model.suite import SuiteStanding, plain
from aright.core.model.times import MINUTE
from aright.engine.parts import Told
from aright.ports.suite import SuiteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.model.service import Service
    from aright.core.model.suite import Suite
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction
    from aright.ports.suite import Checks

_log = logging.getLogger(__name__)

MOST_ROWS: Final = 100_000
"""Rows that a suite is given, the last ones where there are more."""

_AT_ONCE: Final = 5 * MINUTE
_KINDS: Final = {"predictions": Kind.PREDICTIONS, "outcomes": Kind.OUTCOMES}


@dataclass(frozen=True)
class _Job:
    suite: Suite
    checks: Checks
    rows: pa.Table
    start: Micros
    end: Micros


class SuiteWatch:
    """Runs suites when they are due, one after the other.

    By the wall clock a thread of its own runs them, so that no suite delays a window: what came of one is
    told with the next window that closes after it. On a driven clock they are run on the spot, so that the
    same rows tell the same at every run.

    Args:
        suites: those that the server's catalog names, each with what runs it.
    """

    def __init__(self, suites: Sequence[tuple[Suite, Checks]] = ()) -> None:
        self._suites: dict[str, list[tuple[Suite, Checks]]] = {}
        for suite, checks in suites:
            self._suites.setdefault(suite.service, []).append((suite, checks))
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[Suite, Run]] = queue.SimpleQueue()
        self._told: dict[str, list[tuple[Suite, Run]]] = {}
        self._running: set[tuple[str, str]] = set()
        self._thread: threading.Thread | None = None

    def close(self, world: World, tx: Transaction, service: Service, start: Micros, *, now: Micros) -> Told:
        """Begin what is due at the end of a window, and tell what has ended since."""
        mine = self._suites.get(service.key)
        if not mine:
            return Told()
        end = start + world.settings.width
        for suite, checks in mine:
            if end // suite.every > start // suite.every and (suite.service, suite.name) not in self._running:
                self._begin(world, suite, checks, end)
        while not self._done.empty():
            suite, run = self._done.get()
            self._running.discard((suite.service, suite.name))
            self._told.setdefault(suite.service, []).append((suite, run))
        told = [
            self._judge(world, tx, service, suite, run, start, now)
            for suite, run in self._told.pop(service.key, ())
        ]
        return Told(
            points=tuple(point for each in told for point in each.points),
            alerts=tuple(alert for each in told for alert in each.alerts),
        )

    def _begin(self, world: World, suite: Suite, checks: Checks, end: Micros) -> None:
        rows, start = _last_rows(world, suite, end)
        if not rows.num_rows:
            return
        job = _Job(suite, checks, rows, start, end)
        self._running.add((suite.service, suite.name))
        if world.clock.driven:
            self._done.put((suite, _run(job)))
            return
        self._jobs.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=self._live, name="aright-suites", daemon=True)
            self._thread.start()

    def _live(self) -> None:
        while True:
            job = self._jobs.get()
            self._done.put((job.suite, _run(job)))

    @staticmethod
    def _judge(
        world: World, tx: Transaction, service: Service, suite: Suite, run: Run, start: Micros, now: Micros
    ) -> Told:
        judged = judge_suite(
            suite,
            run,
            tx.get(SuiteStanding, f"{suite.service}/{suite.name}"),
            start=start,
            width=world.settings.width,
            now=now,
            pages=service.page_signals,
        )
        tx.put(judged.standing)
        return Told(points=judged.points, alerts=judged.alerts)


def _last_rows(world: World, suite: Suite, end: Micros) -> tuple[pa.Table, Micros]:
    """Return the last rows before ``end``, and since when they are; a day of them is never read at once."""
    span = min(_AT_ONCE, suite.every)
    while True:
        rows = world.rows.scan(_KINDS[suite.on], suite.service, end - span, end)
        if span == suite.every or rows.num_rows >= MOST_ROWS:
            return rows.slice(max(rows.num_rows - MOST_ROWS, 0)), end - span
        span = min(2 * span, suite.every)


def _run(job: _Job) -> Run:
    rows = job.rows.num_rows
    try:
        return Run(job.start, job.end, rows, job.checks.run(job.rows))
    except SuiteError as broken:
        return Run(job.start, job.end, rows, problem=plain(broken, 400))
    except Exception as broken:  # noqa: BLE001  what runs beside the engine must not end it
        _log.exception("the suite %s of %s broke", job.suite.name, job.suite.service)
        return Run(job.start, job.end, rows, problem=plain(f"{type(broken).__name__}: {broken}", 400))

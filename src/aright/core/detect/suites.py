"""A suite's run → signals and alerts: its team has said what must hold, so one run that fails is enough."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import structs

from aright.core.model.alert import Alert
from aright.core.model.signal import SignalPoint
from aright.core.model.suite import SuiteStanding, signal_of
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.suite import Checked, Suite
    from aright.core.model.times import Micros

_WORSE: Final = 2.0
_CHANCE: Final = 3.0


class Run(NamedTuple):
    """One run of a suite.

    Attributes:
        start: of the rows (µs, UTC).
        end: of them.
        rows: how many.
        checks: what came of each; empty where it could not be run.
        problem: why it could not; empty where it could.
    """

    start: Micros
    end: Micros
    rows: int
    checks: tuple[Checked, ...] = ()
    problem: str = ""


class Judged(NamedTuple):
    """What a run comes to.

    Attributes:
        points: the share that fails of each check.
        alerts: what is told.
        standing: what has been told by now.
    """

    points: tuple[SignalPoint, ...]
    alerts: tuple[Alert, ...]
    standing: SuiteStanding


def judge_suite(
    suite: Suite,
    run: Run,
    standing: SuiteStanding | None,
    *,
    start: Micros,
    width: Micros,
    now: Micros,
    pages: Sequence[str] = (),
) -> Judged:
    """Return the signals of a run and what is new in it.

    A check is told when it begins to fail, and once more whenever twice as large a share fails as was told
    and chance does not explain that. When it passes again it may be told anew. Warnings never page.

    Args:
        suite: which.
        run: what came of it.
        standing: what was told before, ``None`` at first.
        start: of the window that the points are put into (µs, UTC).
        width: of it (µs).
        now: the time (µs, UTC).
        pages: signals of the service whose failing pages, by name or by what is before a colon in it.
    """
    before = standing or SuiteStanding(key=f"{suite.service}/{suite.name}", service=suite.service)
    if run.problem:
        told = () if run.problem == before.problem else (_broken(suite, run, now),)
        return Judged((), told, structs.replace(before, problem=run.problem, ran_at=run.end))
    alerts, failing = [], {}
    for check in run.checks:
        signal = signal_of(suite.name, check)
        if check.passed:
            continue
        known = before.failing.get(signal)
        if known is None or _worse(check, known):
            harm = check.severity == "error" and (suite.page or _among(signal, pages))
            alerts.append(_failed(suite, run, check, now, harm=harm))
            known = check.share
        failing[signal] = known
    points = tuple(
        SignalPoint(
            service=suite.service,
            name=signal_of(suite.name, check),
            start=start,
            width=width,
            n=float(check.rows),
            total=float(min(check.failing, check.rows)),
        )
        for check in run.checks
        if check.rows
    )
    return Judged(points, tuple(alerts), structs.replace(before, failing=failing, problem="", ran_at=run.end))


def _among(signal: str, pages: Sequence[str]) -> bool:
    return any(signal == each or signal.startswith(f"{each}:") for each in pages)


def _worse(check: Checked, told: float) -> bool:
    """Whether the share that fails is at least twice what was told, by more than three standard errors."""
    error = sqrt(max(told * (1 - told), 1 / max(check.rows, 1)) / max(check.rows, 1))
    return check.share >= _WORSE * told and check.share - told > _CHANCE * error


def _failed(suite: Suite, run: Run, check: Checked, now: Micros, *, harm: bool) -> Alert:
    within = wilson(check.rows, min(check.failing, check.rows))
    kind = "" if check.severity == "error" else ", which calls it a warning"
    return _alert(
        suite,
        run,
        now,
        signal=signal_of(suite.name, check),
        harm=harm,
        share=(within.low, check.share, within.high),
        rule=f"the team's {suite.kind} suite {suite.name} ({suite.path}){kind}",
        text=check.told(),
    )


def _broken(suite: Suite, run: Run, now: Micros) -> Alert:
    return _alert(
        suite,
        run,
        now,
        signal=f"suite:{suite.name}",
        harm=False,
        share=(1.0, 1.0, 1.0),
        rule=f"the team's {suite.kind} suite {suite.name} ({suite.path})",
        text=f"the suite {suite.name} could not be run: {run.problem}",
    )


def _alert(
    suite: Suite,
    run: Run,
    now: Micros,
    *,
    signal: str,
    harm: bool,
    share: tuple[float, float, float],
    rule: str,
    text: str,
) -> Alert:
    low, middle, high = share
    return Alert(
        key=f"{suite.service}/all/{signal}",
        service=suite.service,
        signal=signal,
        harm=harm,
        at=now,
        since=run.start,
        before=0.0,
        now=middle,
        low=low,
        high=high,
        units=float(run.rows),
        log_e=0.0,
        threshold=0.0,
        rule=rule,
        text=text,
    )

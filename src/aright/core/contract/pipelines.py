"""Runs of data pipelines: failed, late, slow, or with other amounts of data than usual.

Usual is what the last runs of the same job did, by median and median absolute deviation (F. R. Hampel, The
influence curve and its role in robust estimation, JASA 69, 1974), so that one odd run in the past does not
hide the next. No job is judged by fewer than five runs, but a failure needs none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import log, log1p
from statistics import median
from typing import TYPE_CHECKING, Final

from aright.core.model.run import COMPLETE, ENDS, FAILED
from aright.core.model.times import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.run import DatasetUse, Run
    from aright.core.model.times import Micros

FEWEST: Final = 5
"""Runs that tell what is usual."""

MOST: Final = 60
"""The last runs that do; those of two months, of a daily job."""

_FAR: Final = 5.0  # median absolute deviations, scaled to a standard deviation
_SCALE: Final = 1.4826
_FLOOR: Final = 0.1  # a tenth more or less is never far, however steady a job was
_NULLS_FLOOR: Final = 0.01
_GRACE: Final = 10 * MINUTE
_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing about a job that is not as usual.

    Attributes:
        signal: ``pipeline:failed`` | ``pipeline:rows`` | ``pipeline:nulls`` | ``pipeline:slow`` |
            ``pipeline:late`` | ``pipeline:schema``.
        what: the job, or the data set.
        text: in words.
        before: the usual figure.
        now: this one.
    """

    signal: str
    what: str
    text: str
    before: float
    now: float


def judge_end(run: Run, earlier: Sequence[Run]) -> list[Finding]:
    """Return what is not as usual about a run that has ended.

    Args:
        run: the run.
        earlier: runs of the same job before it, of any order and state.
    """
    if run.state not in ENDS:
        return []
    if run.state != COMPLETE:
        verb = "failed" if run.state == FAILED else "was aborted"
        why = f": {run.error}" if run.error else ""
        failed = sum(each.state != COMPLETE for each in earlier if each.state in ENDS)
        share = failed / len(earlier) if earlier else 0.0
        return [
            Finding(
                signal="pipeline:failed", what=run.job, text=f"{run.job} {verb}{why}", before=share, now=1.0
            )
        ]
    usual = sorted((each for each in earlier if each.state == COMPLETE), key=lambda each: each.seen)[-MOST:]
    found = [_slow(run, usual)]
    for verb, uses, before in (
        ("read", run.inputs, [each.inputs for each in usual]),
        ("wrote", run.outputs, [each.outputs for each in usual]),
    ):
        for use in uses:
            same = [known for uses_of_one in before for known in uses_of_one if known.name == use.name]
            found += [_amount(run, verb, use, same), *_nulls(use, same)]
    return [finding for finding in found if finding is not None]


def judge_standing(
    job: str, job_runs: Sequence[Run], at: Micros, *, now: Micros
) -> list[tuple[Finding, Micros]]:
    """Return what is not as usual about a job as it stood at an instant, each with since when (µs, UTC).

    Only the last run that had ended counts: what an earlier one left undone, it has mended.

    Args:
        job: its name.
        job_runs: its runs, of any time and state.
        at: the instant (µs, UTC); later runs do not count.
        now: by when a run that was due at ``at`` must have begun not to be late (µs, UTC).
    """
    known = [run for run in job_runs if (began := _began(run)) is not None and began <= at]
    found: list[tuple[Finding, Micros]] = []
    rhythm, late = _rhythm(known), judge_late(job, known, now)
    if rhythm is not None and late is not None and rhythm[0] <= at:
        found.append((late, rhythm[0]))
    ended = sorted((run for run in known if run.state in ENDS and _end(run) <= at), key=_end)
    if ended:
        last, earlier = ended[-1], ended[:-1]
        told = [*judge_end(last, earlier), *_remade(last, [run for run in earlier if run.state == COMPLETE])]
        found += [(each, _end(last)) for each in told]
    return found


def period(job_runs: Sequence[Run]) -> Micros | None:
    """Return how long it usually is from one run of a job to the next (µs); ``None`` for less than two."""
    starts = sorted(began for run in job_runs if (began := _began(run)) is not None)[-MOST:]
    gaps = [after - before for before, after in pairwise(starts)]
    return int(median(gaps)) if gaps else None


def _end(run: Run) -> Micros:
    return run.ended if run.ended is not None else run.seen


def _remade(run: Run, earlier: Sequence[Run]) -> list[Finding]:
    """Return in which data sets a run's columns or places differ from those of the last run before it."""
    if run.state != COMPLETE or not earlier:
        return []
    before = {use.name: use for use in (*earlier[-1].inputs, *earlier[-1].outputs)}
    found = []
    for use in (*run.inputs, *run.outputs):
        was = before.get(use.name)
        if was is None:
            continue
        said = [difference(was.fields, use.fields)] if was.fields and use.fields else []
        said += (
            [f"it is in {use.source}, was in {was.source}"]
            if use.source and was.source not in {"", use.source}
            else []
        )
        text = "; ".join(each for each in said if each)
        if text:
            found.append(
                Finding(
                    signal="pipeline:schema", what=use.name, text=f"{use.name}: {text}", before=0.0, now=1.0
                )
            )
    return found


def due_by(job_runs: Sequence[Run]) -> Micros | None:
    """Return by when a job should have begun again (µs, UTC); ``None`` where it keeps no time."""
    rhythm = _rhythm(job_runs)
    return None if rhythm is None else int(rhythm[0] + max(_GRACE, 0.1 * rhythm[1]))


def _rhythm(job_runs: Sequence[Run]) -> tuple[Micros, float] | None:
    """Return by when a job should begin again at the latest (µs, UTC), and its usual gap (µs).

    The gap to the next run is held against gaps that began on the same day of the week, where three are
    known, so that a job which rests on Sundays is not late on them.
    """
    starts = sorted(start for run in job_runs if (start := _began(run)) is not None)[-MOST:]
    gaps = [(before, after - before) for before, after in pairwise(starts)]
    if len(gaps) < FEWEST:
        return None
    same = [gap for before, gap in gaps if _weekday(before) == _weekday(starts[-1])]
    likely = same if len(same) >= 3 else [gap for _, gap in gaps]
    longest, middle = max(likely), median(likely)
    if longest > 3 * middle and len(same) < 3:
        return None
    return starts[-1] + longest, middle


def judge_late(job: str, job_runs: Sequence[Run], now: Micros) -> Finding | None:
    """Return that a job has not begun though it was due by ``now``, or nothing."""
    due = due_by(job_runs)
    starts = [start for run in job_runs if (start := _began(run)) is not None]
    if due is None or now < due:
        return None
    last = max(starts)
    usual = _clock(due)
    return Finding(
        signal="pipeline:late",
        what=job,
        text=f"{job} has not begun again since {_clock(last, day=True)}; it usually has by {usual} UTC",
        before=(due - last) / HOUR,
        now=(now - last) / HOUR,
    )


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return in words how columns differ; empty where only their order does.

    >>> difference({"price": "int", "city": "string"}, {"price": "float", "town": ""})
    'city went, town came, price was int and is float'
    """
    went = [name for name in before if name not in after]
    came = [name for name in after if name not in before]
    turned = [
        f"{name} was {before[name]} and is {kind}"
        for name, kind in after.items()
        if before.get(name) and kind and before[name] != kind
    ]
    parts = [f"{_some(went)} went"] if went else []
    parts += [f"{_some(came)} came"] if came else []
    parts += [*turned[:_SHOWN], f"{len(turned) - _SHOWN} more changed type"][: min(len(turned), _SHOWN + 1)]
    return ", ".join(parts)


def _slow(run: Run, usual: Sequence[Run]) -> Finding | None:
    took = _took(run)
    known = [seconds for each in usual if (seconds := _took(each)) is not None]
    if took is None or len(known) < FEWEST:
        return None
    middle = median(known)
    if took <= 60 or _distance([log1p(each) for each in known], log1p(took)) < _FAR or took < 2 * middle:
        return None
    return Finding(
        signal="pipeline:slow",
        what=run.job,
        text=f"{run.job} took {_span(took)}, usually {_span(middle)}",
        before=middle,
        now=took,
    )


def _amount(run: Run, verb: str, use: DatasetUse, same: Sequence[DatasetUse]) -> Finding | None:
    for name, count, known in (
        ("rows", use.rows, [each.rows for each in same]),
        ("bytes", use.bytes if use.rows is None else None, [each.bytes for each in same]),
    ):
        counts = [each for each in known if each is not None]
        if count is None or len(counts) < FEWEST:
            continue
        middle = median(counts)
        far = _distance([log1p(each) for each in counts], log1p(count))
        if far >= _FAR and abs(count - middle) >= 2:
            usual = f"{middle:,.0f} ({min(counts):,} to {max(counts):,})"
            return Finding(
                signal="pipeline:rows",
                what=use.name,
                text=f"{run.job} {verb} {count:,} {name} of {use.name}, usually {usual}",
                before=float(middle),
                now=float(count),
            )
    return None


def _nulls(use: DatasetUse, same: Sequence[DatasetUse]) -> list[Finding]:
    found = []
    for column, count in use.nulls.items():
        known = [
            each.nulls[column] / each.rows
            for each in same
            if each.rows and each.nulls.get(column) is not None
        ]
        if not use.rows or len(known) < FEWEST:
            continue
        share, middle = min(count / use.rows, 1.0), median(known)
        spread = max(_SCALE * median(abs(each - middle) for each in known), _NULLS_FLOOR)
        if abs(share - middle) >= _FAR * spread:
            found.append(
                Finding(
                    signal="pipeline:nulls",
                    what=f"{use.name}.{column}",
                    text=f"{column} of {use.name} is null in {share:.1%} of rows, usually {middle:.1%}",
                    before=middle,
                    now=share,
                )
            )
    return found


def _distance(known: Sequence[float], value: float) -> float:
    """Return how far a value lies from the middle of others, in robust standard deviations.

    >>> _distance([1.0, 2.0, 3.0], 2.0)
    0.0
    """
    middle = median(known)
    spread = max(_SCALE * median(abs(each - middle) for each in known), log(1 + _FLOOR))
    return abs(value - middle) / spread


def _began(run: Run) -> Micros | None:
    return run.started if run.started is not None else run.ended


def _took(run: Run) -> float | None:
    return None if run.started is None or run.ended is None else (run.ended - run.started) / SECOND


def _weekday(at: Micros) -> int:
    return datetime.fromtimestamp(at / SECOND, UTC).weekday()


def _clock(at: Micros, *, day: bool = False) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%A %H:%M" if day else "%H:%M")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more

"""Pipeline: was a job that makes data late, did it fail, or make less, twice as much or something else?

A fault of a job is a state change by itself. It blames nothing alone: where the feature sources that the job
makes are known, they must have moved with the loss, and the job then takes their place as what brought that
about; where they are not known, its time is all that speaks for it. What came after the onset is acquitted,
and so is a job that made up for its fault before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.contract.pipelines import judge_standing, period
from aright.core.diagnose.changes import TOLERANCE, timing
from aright.core.diagnose.features import features_of
from aright.core.diagnose.freshness import pairs_of
from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.lineage import by_job, downstream, made_from, sources_of
from aright.core.diagnose.moves import moves_of
from aright.core.diagnose.sql import equals
from aright.core.diagnose.training import trainings
from aright.core.diagnose.wording import listed, shown, shown_text
from aright.core.model.evidence import CauseKind, Reach, Step
from aright.core.model.times import HOUR, clock_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.contract.pipelines import Finding
    from aright.core.diagnose.case import Case
    from aright.core.diagnose.scene import Scene
    from aright.core.model.run import Run
    from aright.core.model.times import Micros

MOST: Final = 12
"""Faults told of, the nearest to the onset first."""

DOUBLED: Final = 1.8
"""Times the usual rows from which on data was made twice."""

UNTIED: Final = -1.0
"""Nats off for a job of which it is not known what it makes: its time alone speaks for it."""

_MODES: Final = {
    "pipeline:failed": "failed",
    "pipeline:late": "late",
    "pipeline:slow": "late",
    "pipeline:nulls": "changed",
    "pipeline:schema": "changed",
}
_TITLES: Final = {
    "failed": "{} failed",
    "late": "{} was late",
    "shrunk": "{} was made with fewer rows than usual",
    "duplicated": "{} was made with rows twice over",
    "changed": "{} was made in another way than usual",
}


@dataclass(frozen=True, eq=False)
class Fault:
    """Something about a job that was not as usual when the loss began, or came after.

    Attributes:
        job: the job.
        finding: what is not as usual.
        at: since when (µs, UTC).
        mode: ``late`` | ``failed`` | ``shrunk`` | ``duplicated`` | ``changed``.
        sources: feature sources that it is the origin of.
        moved: features of these that moved inside the part hit.
        jobs: jobs that stand on it.
        every: how long it usually is from one of its runs to the next (µs); ``None`` where not known.
        late: whether it came after the loss had begun.
    """

    job: str
    finding: Finding
    at: Micros
    mode: str
    sources: tuple[str, ...]
    moved: tuple[str, ...]
    jobs: tuple[str, ...]
    every: Micros | None
    late: bool

    @property
    def subject(self) -> str:
        """The job, or the data set that it made."""
        return self.job if self.mode in {"failed", "late"} else self.finding.what

    @property
    def token(self) -> str:
        """Name by which findings cite it before it has a number."""
        return f"{CauseKind.PIPELINE.value}:{self.subject}"


def pipelines(case: Case, scene: Scene) -> tuple[list[Hypothesis], list[Draft]]:
    """Return a hypothesis and a finding per fault of a job, and how versions were trained."""
    jobs = by_job(case.runs)
    faults = _faults(scene, jobs)
    told = sorted(faults, key=lambda each: (each.late, abs(each.at - scene.since), each.token))[:MOST]
    by_token: dict[str, Fault] = {}
    for each in told:
        if not each.late:
            by_token.setdefault(each.token, each)
    hypotheses = [_hypothesis(scene, each, tuple(by_token.values())) for each in by_token.values()]
    drafts = [_draft(scene, each, jobs[each.job]) for each in told]
    if jobs and not faults:
        drafts = [_quiet(scene, jobs)]
    return hypotheses, [*drafts, *trainings(scene, by_job((*case.runs, *case.trainings)))]


def _faults(scene: Scene, jobs: Mapping[str, Sequence[Run]]) -> list[Fault]:
    end = scene.case.current_span[1]
    latest = (scene.onset.high if scene.onset else end) + TOLERANCE
    sources = sources_of(scene.whole.table.schema)
    found = []
    for job, runs in jobs.items():
        before = judge_standing(job, runs, latest, now=end)
        known = {(finding.signal, finding.what, at) for finding, at in before}
        after = [
            (finding, at)
            for finding, at in judge_standing(job, runs, end, now=end)
            if at > latest and (finding.signal, finding.what, at) not in known
        ]
        if not before and not after:
            continue
        standing, written = downstream(job, jobs)
        made = made_from(sources, (job, *standing), written)
        moved = _moved(scene, made) if made and before else ()
        found += [
            Fault(job, each, at, _mode(each), made, moved, standing, period(runs), late=at > latest)
            for each, at in (*before, *after)
        ]
    return found


def _mode(finding: Finding) -> str:
    if finding.signal != "pipeline:rows":
        return _MODES.get(finding.signal, "changed")
    if finding.now < finding.before:
        return "shrunk"
    return "duplicated" if finding.now >= DOUBLED * finding.before else "changed"


def _moved(scene: Scene, sources: Sequence[str]) -> tuple[str, ...]:
    """Return the features of sources that moved inside the part hit."""
    rows = scene.rows
    features = [each for each in features_of(rows, scene.inside & rows.now) if each.source in sources]
    pairs = pairs_of(rows.unit, rows.time, rows.now)
    return tuple(move.feature.name for move in moves_of(rows, features, scene.inside, pairs) if move.moved)


def _hypothesis(scene: Scene, fault: Fault, all_faults: Sequence[Fault]) -> Hypothesis:
    best = scene.finding.best
    price = max(best.price, 0.0) if scene.finding.reach is Reach.SEGMENT and best else 0.0
    tied = bool(fault.sources)
    began = scene.onset.low if scene.onset else scene.since
    return Hypothesis(
        kind=CauseKind.PIPELINE,
        subject=shown(fault.subject),
        title=_TITLES[fault.mode].format(shown(fault.subject)),
        gain=0.0 if tied else max(scene.finding.gain - price, 0.0),
        prior=delay_prior(max(began - fault.at, 0), fault.every) + (0.0 if tied else UNTIED),
        seen=tied,
        remedy="restore_source",
        mode=fault.mode,
        onset=fault.at,
        features=fault.moved,
        behind=(
            *(f"{CauseKind.FEATURE_SOURCE.value}:{source}" for source in fault.sources),
            *(each.token for each in all_faults if each.job in fault.jobs and each.token != fault.token),
        ),
    )


def delay_prior(delay: int, every: Micros | None) -> float:
    """Return the log prior of a fault that came ``delay`` µs before the loss began.

    What a job did not make, or made wrongly, shows until its next run; beyond that it fades as ``timing`` of
    any change does. One whose rhythm is not known is given an hour.

    >>> from aright.core.model.times import MINUTE
    >>> round(delay_prior(50 * MINUTE, HOUR), 1), round(delay_prior(3 * HOUR, HOUR), 1)
    (0.5, -1.1)
    """
    return timing(max(delay - (every if every is not None else HOUR), 0))


def _draft(scene: Scene, fault: Fault, runs: Sequence[Run]) -> Draft:
    token = fault.token
    text = f"{clock_text(fault.at)} UTC: {shown_text(fault.finding.text)}"
    if fault.sources:
        text += f"; {listed(fault.sources)} is made from that" if len(fault.sources) == 1 else ""
        text += f"; {listed(fault.sources)} are made from that" if len(fault.sources) > 1 else ""
    against = fault.late or (bool(fault.sources) and not fault.moved)
    if fault.late:
        text += ". That came after the loss had begun, so it did not cause it"
    elif fault.sources and not fault.moved:
        text += f", but nothing of it moved {scene.where}"
    elif fault.sources:
        text += f", and {listed(fault.moved)} moved {scene.where}"
    else:
        text += ". Which features come of that is not known: it is tied to the loss by its time alone"
    service = runs[-1].service  # runs of no service are not kept so that they could be found
    return Draft(
        step=Step.PIPELINE,
        text=f"{text}.",
        supports=() if against else (token,),
        opposes=(token,) if against else (),
        start=fault.at,
        end=scene.case.current_span[1],
        before=fault.finding.before,
        now=fault.finding.now,
        query=equals("job", fault.job),
        rows="runs" if service else "",
        service=service,
    )


def _quiet(scene: Scene, jobs: Mapping[str, Sequence[Run]]) -> Draft:
    last = max(jobs, key=lambda job: jobs[job][-1].seen)
    text = (
        f"None of the {len(jobs)} jobs that make data failed, was late or made other amounts than usual; "
        f"the last told of is {shown(last)} at {clock_text(jobs[last][-1].seen)} UTC."
    )
    if len(jobs) == 1:
        text = (
            f"{shown(last)}, the only job known to make data, did not fail, was not late and made its usual "
            f"amounts; it was last told of at {clock_text(jobs[last][-1].seen)} UTC."
        )
    return Draft(step=Step.PIPELINE, text=text, start=scene.since, end=scene.case.current_span[1], rows="")

"""The desk's part that judges for others; see ``JudgeOperations`` for what it promises."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.mitigate.canary.values import of_outcomes
from aright.core.model.release import Call, Look, Metric, Policy, Release
from aright.core.model.service import Service
from aright.core.model.times import DAY
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.release_rows import answered_between, rows_between

if TYPE_CHECKING:
    from aright.core.mitigate.canary import Judge
    from aright.core.model.times import Micros
    from aright.engine.judge_operations import Question
    from aright.engine.runtime import Runtime

LONGEST: Final = 14 * DAY
"""How long ago a trial may have begun (µs)."""

MOST_TRIALS: Final = 64
"""Trials of others that are kept; beyond, the one that was asked for longest ago is counted anew."""


@dataclass
class _Trial:
    judge: Judge
    policy: Policy
    fed_to: Micros
    look: Look


class JudgeDesk:
    """Judges two versions by the rows since the candidate came to serve, interval by interval."""

    def __init__(self, runtime: Runtime) -> None:
        self._world = runtime.world
        self._lock = threading.Lock()
        self._trials: dict[Question, _Trial] = {}

    def judge(self, question: Question) -> Look:
        """Return what is known by now."""
        with self._world.state.transaction() as tx:
            service = tx.get(Service, question.service)
            under_way = tx.list(Release, service=question.service, tag="open")
        if not question.candidate or not question.stable:
            if not under_way:
                raise RefusedError(
                    f"no release of {question.service} is under way",
                    "Name stable, canary and since, or begin one: `aright release start`.",
                )
            return _last(under_way[0])
        for release in under_way:
            if (release.stable, release.version) == (question.stable, question.candidate):
                return _last(release)
        if service is None and question.service not in self._world.rows.services():
            raise UnknownError(f"service {question.service[:80]!r}", "GET /v1/services lists what there is.")
        self._check(question)
        with self._lock:
            return self._look(question, service)

    def _check(self, question: Question) -> None:
        now = self._world.clock.now()
        if not now - LONGEST <= question.since <= now:
            raise RefusedError(
                "since is no time of the last 14 days", "Say when the canary came to serve (RFC 3339)."
            )
        if question.stable == question.candidate:
            raise RefusedError("stable and canary are the same version", "Name two versions.")

    def _look(self, question: Question, service: Service | None) -> Look:
        trial = self._trials.pop(question, None) or _begin(question, service)
        self._trials[question] = trial
        while len(self._trials) > MOST_TRIALS:
            self._trials.pop(next(iter(self._trials)))
        step = question.step if question.step >= 0 else len(trial.policy.steps) - 1
        now = self._world.clock.now() - self._world.settings.lateness
        while trial.fed_to + trial.policy.look_every <= now:
            start, trial.fed_to = trial.fed_to, trial.fed_to + trial.policy.look_every
            self._feed(trial, question, start)
            trial.look = trial.judge.look(
                at=trial.fed_to,
                share=question.share,
                step=min(step, len(trial.policy.steps) - 1),
                since=question.since,
            )
        return trial.look

    def _feed(self, trial: _Trial, question: Question, start: Micros) -> None:
        end = trial.fed_to
        fresh = rows_between(self._world, question.service, start, end, now=end, outcomes=False)
        if fresh.num_rows:
            trial.judge.add(fresh)
        late = [metric.name for metric in trial.policy.metrics if of_outcomes(metric.name)]
        if late:
            told = answered_between(self._world, question.service, start, end, since=question.since)
            if told.num_rows:
                trial.judge.add(told, metrics=late)


def _begin(question: Question, service: Service | None) -> _Trial:
    from aright.core.mitigate import shadow  # noqa: PLC0415 - numpy only where somebody judges
    from aright.core.mitigate.canary import Judge  # noqa: PLC0415

    rollout = service.rollout if service is not None else None
    policy = shadow.of_canaries(rollout.policy if rollout is not None else Policy())
    if question.metrics:
        known = {metric.name: metric for metric in policy.metrics}
        policy = replace(
            policy, metrics=tuple(known.get(name, Metric(name=name)) for name in question.metrics)
        )
    try:
        judge = Judge(policy, stable=question.stable, candidate=question.candidate, service=service)
    except ValueError as error:
        raise RefusedError(str(error), "Name metrics as the catalog's policies do.") from error
    return _Trial(judge, policy, question.since, _early(question.since))


def _last(release: Release) -> Look:
    return release.looks[-1] if release.looks else _early(release.started_at)


def _early(at: Micros) -> Look:
    return Look(
        at=at, stage="canary", share=0.0, call=Call.HOLD, reason="It was not looked at yet.", hold="no_data"
    )

"""The gate: versions are run on cases, workloads repeated, and what comes of it is judged."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.shadow.answers import as_served, loss_of, scale_of
from aright.core.prevent.gate import (
    Check,
    Paired,
    State,
    contract_fit,
    golden,
    guarded,
    latency,
    memory_check,
    not_asked,
    quality,
    report_of,
    size,
)
from aright.core.prevent.gate.training_check import training_check
from aright.core.prevent.memory import LibrarySet, Limits
from aright.engine.memory_canary import watch_memory
from aright.ports.replayer import ReplayError
from aright.ports.trainings import TrainingError
from aright.ports.workbench import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pyarrow as pa

    from aright.core.model.guard import Guard
    from aright.core.model.replay import Output, Replay
    from aright.core.model.run import Run
    from aright.core.prevent.gate import (
        Case,
        ContractPlan,
        GatePlan,
        GoldenPlan,
        LatencyPlan,
        MemoryPlan,
        QualityPlan,
        Report,
        SetPlan,
        SizePlan,
    )
    from aright.core.prevent.gate.plan import TrainingPlan
    from aright.ports.replayer import Replayer, Running
    from aright.ports.workbench import Bench, Workbench

WAITED: Final = 300.0
"""Seconds within which a version must be loaded, or libraries be installed."""

_WARM: Final = 5
_TURNS: Final = 1_250
_ROUNDS: Final = 4
_SEED: Final = 20_261_124

HOW: Final = {
    "golden": "golden: {file: cases with what is expected}",
    "contract": "contract: {file: cases}",
    "quality": "quality: {file: cases with a label}",
    "latency": "latency: {file: cases}",
    "size": "size: {artifact: path, champion: path}",
    "memory": "memory: {workload: FILE.py:NAME, baseline: {requirements: [NAME==VERSION]}}",
    "guards": "guards: {file: rows}, with ARIGHT_URL and ARIGHT_TOKEN set",
    "training": "training: {candidate: run, champion: run}",
}
"""What asks for each check, in the order in which they are run."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What the files of a gate hold, and what the server says.

    Attributes:
        cases: of each check that needs some, by its name.
        schema: of outputs; ``None`` for none.
        sizes: bytes of the candidate's artifact and the champion's.
        guards: of the service.
        rows: that these are judged on; ``None`` for none.
        runs: reads those that made the candidate and the champion, or raises ``TrainingError``; ``None``
            where they are not asked for.
    """

    cases: Mapping[str, Sequence[Case]] = field(default_factory=dict)
    schema: Mapping[str, object] | None = None
    sizes: tuple[int, int | None] = (0, None)
    guards: Sequence[Guard] = ()
    rows: pa.Table | None = None
    runs: Callable[[], tuple[Run, Run]] | None = None


class Gate:
    """Runs what a plan asks.

    Args:
        replayers: run versions, by way.
        workbench: repeats workloads.
    """

    def __init__(self, replayers: Mapping[str, Replayer], workbench: Workbench) -> None:
        self._replayers = replayers
        self._workbench = workbench

    def run(self, plan: GatePlan, material: Material) -> Report:
        """Return what all checks come to; one that cannot be run has failed, and says why."""
        checks: list[Check] = []
        with closing(_Versions(plan, self._replayers)) as versions:
            asked = _asked(plan, material, versions, self._workbench)
            for name, how in HOW.items():
                checks += _tried(name, asked[name]) if name in asked else [not_asked(name, how)]
        return report_of(plan.service, plan.version, plan.champion, checks)


def _tried(name: str, run: Callable[[], list[Check]]) -> list[Check]:
    try:
        return run()
    except (ReplayError, TrainingError, WorkbenchError) as error:
        text = f"could not be run: {error}"
        return [Check(name=name, state=State.FAILED, text=text, next="mend it, or do not ask for it")]


def _asked(
    plan: GatePlan, material: Material, versions: _Versions, workbench: Workbench
) -> dict[str, Callable[[], list[Check]]]:
    """Return what runs each check that a plan asks for."""
    cases = material.cases
    found: dict[str, Callable[[], list[Check]]] = {}
    if plan.golden is not None:
        found["golden"] = partial(_golden, cases.get("golden", ()), plan.golden, versions)
    if plan.contract is not None:
        found["contract"] = partial(
            _contract, cases.get("contract", ()), material.schema, plan.contract, versions
        )
    if plan.quality is not None:
        found["quality"] = partial(_quality, cases.get("quality", ()), plan.quality, versions)
    if plan.latency is not None:
        found["latency"] = partial(_latency, cases.get("latency", ()), plan.latency, versions)
    if plan.size is not None:
        found["size"] = partial(_size, material.sizes, plan.size)
    if plan.memory is not None:
        found["memory"] = partial(_memory, plan.memory, workbench)
    if plan.guards is not None:
        found["guards"] = partial(_guards, material)
    if plan.training is not None and material.runs is not None:
        found["training"] = partial(_training, material.runs, plan.training)
    return found


class _Versions:
    """Candidate and champion, each opened when it is first asked and once more after it failed."""

    def __init__(self, plan: GatePlan, replayers: Mapping[str, Replayer]) -> None:
        self._plan = plan
        self._replayers = replayers
        self._running: dict[str, Running] = {}

    def close(self) -> None:
        """End all that was opened."""
        with ExitStack() as ending:
            for running in self._running.values():
                ending.callback(running.close)
        self._running.clear()

    @property
    def champion(self) -> bool:
        """Whether there is one to hold the candidate against."""
        return bool(self._plan.champion)

    def outputs(self, version: str, cases: Sequence[Case]) -> tuple[Output, ...]:
        """Return what a version makes of cases; raises ``ReplayError``."""
        replay = self._replay()
        running = self._running.get(version)
        if running is None:
            opener = self._replayers[replay.way]
            running = opener.open(replay, service=self._plan.service, version=version, seconds=WAITED)
            self._running[version] = running
        try:
            return running.run([case.stored for case in cases], seconds=replay.seconds)
        except ReplayError:
            del self._running[version]
            running.close()
            raise

    def candidates(self, cases: Sequence[Case]) -> tuple[Output, ...]:
        """Return what the candidate makes of cases."""
        return self.outputs(self._plan.version, cases)

    def champions(self, cases: Sequence[Case]) -> tuple[Output, ...]:
        """Return what the champion makes of cases; raises ``ReplayError`` where there is none."""
        if not self.champion:
            raise ReplayError("there is no champion to hold it against: name it as champion, or --champion")
        return self.outputs(self._plan.champion, cases)

    def _replay(self) -> Replay:
        replay = self._plan.replay.replay() if self._plan.replay is not None else None
        if replay is None:
            raise ReplayError("nothing says how a version is run: give replay one of url, model, function")
        if not self._plan.version:
            raise ReplayError("no version is named: write version, or --version")
        return replay


def _golden(cases: Sequence[Case], plan: GoldenPlan, versions: _Versions) -> list[Check]:
    return [golden(cases, versions.candidates(cases), plan)]


def _contract(
    cases: Sequence[Case], schema: Mapping[str, object] | None, plan: ContractPlan, versions: _Versions
) -> list[Check]:
    before = versions.champions(cases) if versions.champion else ()
    return [contract_fit(before, versions.candidates(cases), schema, plan)]


def _quality(cases: Sequence[Case], plan: QualityPlan, versions: _Versions) -> list[Check]:
    known = [case for case in cases if case.truth is not None]
    truths = [case.truth for case in known]
    before, now = (
        [as_served(output, plan.output) if plan.output else output for output in outputs]
        for outputs in (versions.champions(known), versions.candidates(known))
    )
    scale = scale_of(before, truths)
    losses = [
        np.array(
            [
                loss_of(each, truth, scale)
                for each, truth in zip(side, truths, strict=True)
                if truth is not None
            ]
        )
        for side in (before, now)
    ]
    names = plan.segments
    paired = Paired(
        champion=losses[0],
        candidate=losses[1],
        units=[case.unit or f"case {number}" for number, case in enumerate(known)],
        attributes={name: [case.stored.attributes.get(name, "") for case in known] for name in names},
    )
    return quality(paired, plan)


def _latency(cases: Sequence[Case], plan: LatencyPlan, versions: _Versions) -> list[Check]:
    """Ask both versions the same in turns.

    Processes that do the same may differ by a tenth for as long as they live, so both are begun anew in each
    of some rounds, where that takes no longer than the rounds themselves.
    """
    if not cases:
        raise ReplayError("there are no cases to ask")
    sides = [versions.candidates, *([versions.champions] if versions.champion else [])]
    took: list[list[float]] = [[] for _ in sides]
    rounds, number = _ROUNDS, 0
    while number < rounds:
        versions.close()
        start = time.monotonic()
        for side in _in_turn(sides, number):
            for _ in range(_WARM):
                sides[side](cases[:1])
        if time.monotonic() - start > plan.seconds / _ROUNDS:
            rounds = 1
        _ask(cases, sides, took, plan.seconds / rounds)
        number += 1
    candidate, *others = (np.array(side) for side in took)
    return latency(others[0] if others else None, candidate, plan, np.random.default_rng(_SEED))


def _ask(
    cases: Sequence[Case],
    sides: Sequence[Callable[[Sequence[Case]], object]],
    took: Sequence[list[float]],
    seconds: float,
) -> None:
    """Ask each side one case after another, the first to be asked changing each time."""
    until = time.monotonic() + seconds
    for turn in range(_TURNS):
        case = [cases[len(took[0]) % len(cases)]]
        for side in _in_turn(sides, turn):
            start = time.perf_counter()
            sides[side](case)
            took[side].append(1000 * (time.perf_counter() - start))
        if time.monotonic() > until:
            return


def _in_turn(sides: Sequence[object], turn: int) -> Iterable[int]:
    return range(len(sides)) if turn % 2 else reversed(range(len(sides)))


def _size(sizes: tuple[int, int | None], plan: SizePlan) -> list[Check]:
    return [size(*sizes, plan)]


def _guards(material: Material) -> list[Check]:
    if material.rows is None:
        raise ReplayError("there are no rows to judge guards on")
    return guarded(material.guards, material.rows)


def _training(runs: Callable[[], tuple[Run, Run]], plan: TrainingPlan) -> list[Check]:
    return [training_check(*runs(), plan)]


def _memory(plan: MemoryPlan, workbench: Workbench) -> list[Check]:
    def opening(chosen: SetPlan) -> Callable[[], Bench]:
        libraries = LibrarySet(python=chosen.python, paths=chosen.paths, requirements=chosen.requirements)
        return lambda: workbench.open(plan.workload, libraries, seconds=WAITED)

    baseline = None if plan.baseline is None else opening(plan.baseline)
    found = watch_memory(
        opening(plan.candidate), baseline, seconds=plan.seconds, limits=Limits(floor=plan.floor)
    )
    return [memory_check(found.verdict, found.text)]

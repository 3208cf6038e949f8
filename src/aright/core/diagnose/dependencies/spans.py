"""What traces and the log lines of requests show: which service began to do otherwise for the same calls."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.span_judging import judge
from aright.core.diagnose.dependencies.span_scene import scene_of
from aright.core.diagnose.dependencies.symptom import Symptom
from aright.core.diagnose.onset import share_onset
from aright.core.diagnose.wording import number, shown
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from aright.core.diagnose.dependencies.span_facts import Thing
    from aright.core.diagnose.dependencies.span_judging import Judgement
    from aright.core.diagnose.dependencies.span_scene import Scene
    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.times import Micros

MOST: Final = 5
"""Symptoms told of one place, of each sort: the others say the same again."""
OWN: Final = 1.0
"""Robust deviations that must be left without what is only passed on, for a symptom to be a place's own."""


def request_symptoms(telemetry: Telemetry) -> tuple[Symptom, ...]:
    """Return what traces and the log lines of their requests show, the farthest from usual first.

    Requests are compared with those of the same operation before: spans inside, calls made, lines logged (by
    template, missing ones as well as new ones), errors, own time, and what a caller waited longer than the
    callee took, which is the callee's. Where no spans are known, lines of one trace and place are a request;
    where no traces are, a few lines that follow one another.
    A symptom is a place's own where the requests that it called do not explain it. Its share is that of all
    that is unusual in requests, measured by log-likelihood, that its place has of its own.

    >>> import pyarrow as pa
    >>> from aright.core.diagnose.dependencies.telemetry import Telemetry
    >>> second, count = 1_000_000, 120
    >>> rows = {
    ...     "time": pa.array([i * second for i in range(count)], pa.timestamp("us", tz="UTC")),
    ...     "service": ["stock"] * count, "severity": pa.nulls(count, pa.int32()), "host": ["a"] * count,
    ...     "body": [f"found {i} items" if i < 90 else "gave up" for i in range(count)],
    ...     "trace_id": [str(i) for i in range(count)], "span_id": pa.nulls(count, pa.string())}
    >>> told = Telemetry(
    ...     at=95 * second, reference=(0, 60 * second), current=(60 * second, count * second),
    ...     logs=pa.table(rows))
    >>> [(each.signal, each.internal, each.onset // second) for each in request_symptoms(told)]
    [('log found # items', True, 90), ('log gave up', True, 90)]
    """
    scene = scene_of(telemetry)
    if scene is None:
        return ()
    plain, background = judge(scene)
    found = _symptoms(scene, plain, telemetry.current, inside=True)
    if background is not None:
        found += _symptoms(scene, background, telemetry.current, inside=False)
    return tuple(sorted(found, key=lambda each: (-each.score, each.signal)))


def _symptoms(
    scene: Scene, judged: Judgement, window: tuple[Micros, Micros], *, inside: bool
) -> list[Symptom]:
    shifts = judged.shifts
    own = dict(zip(judged.told.tolist(), judged.own.tolist(), strict=True))
    best: dict[int, float] = {}
    for shift, score in own.items():
        place = int(shifts.place[shift])
        best[place] = max(best.get(place, 0.0), score * score)
    whole = sum(best.values()) or 1.0
    found: list[Symptom] = []
    told = Counter[tuple[int, bool]]()
    for shift in sorted(own, key=lambda each: (-own[each], -abs(shifts.score[each]))):
        place, internal = int(shifts.place[shift]), inside and own[shift] >= OWN
        told[place, internal] += 1
        if told[place, internal] <= MOST:
            share = best[place] / whole if internal else 0.0
            found.append(_symptom(scene, judged, shift, window, share, internal=internal))
    return found


def _symptom(
    scene: Scene,
    judged: Judgement,
    shift: int,
    window: tuple[Micros, Micros],
    share: float,
    *,
    internal: bool,
) -> Symptom:
    shifts = judged.shifts
    own = float(judged.own[np.searchsorted(judged.told, shift)])
    before = float(shifts.usual.hits[shift] / max(shifts.usual.total[shift], 1.0))
    now = float(shifts.hits[shift] / max(shifts.total[shift], 1.0))
    onset = _onset(scene, judged, shift, before, window)
    signal = _signal(*scene.facts.thing(int(shifts.fact[shift])))
    operation = scene.operations[int(shifts.operation[shift])]
    since = f" since {clock_text(onset)} UTC" if onset else ""
    service, host = scene.places[int(shifts.place[shift])]
    where = f"{shown(service)} on {shown(host)}" if host else shown(service)
    return Symptom(
        node=(service, host),
        source=scene.facts.thing(int(shifts.fact[shift]))[0].source,
        signal=f"{signal} in {shown(operation)}" if operation else signal,
        internal=internal,
        score=own if internal else abs(float(shifts.score[shift])),
        before=before,
        now=now,
        onset=onset,
        share=share,
        text=f"{signal}: in {number(100 * now)} % of {number(float(shifts.total[shift]))} requests"
        f"{' of ' + shown(operation) if operation else ''} to {where}{since}, {number(100 * before)} % before"
        f"{'' if internal else '; passed on, or as it comes and goes'}.",
    )


def _onset(
    scene: Scene, judged: Judgement, shift: int, before: float, window: tuple[Micros, Micros]
) -> Micros:
    """Return since when the requests in which it shows are more than usual; 0 where that cannot be told."""
    shifts = judged.shifts
    there = (scene.place == shifts.place[shift]) & (scene.operation == shifts.operation[shift])
    members = np.flatnonzero(there & (shifts.strata.of >= 0))
    hit = np.isin(members, judged.events.request[judged.events.shift == shift])
    usually = before if shifts.score[shift] > 0 else 1.0 - before
    found = share_onset(scene.requests.start[members], hit, usually, *window)
    return found.at if found is not None else 0


def _signal(thing: Thing, times: int) -> str:
    name = f"{thing.what} {shown(thing.name)}" if thing.name else thing.what
    return f"{name} ×{times}" if times > 1 else name

"""``aright.diagnose``: a diagnosis of data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.diagnose import Case
from aright.core.diagnose import diagnose as _diagnose
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.model.tables import empty
from aright.library.frames import BadFrameError, Frame, When, instant, names_in
from aright.library.rows import QUALITY, Answers, Named, answers_of
from aright.library.telemetry import telemetry_of
from aright.library.telling import of_frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.change import Change
    from aright.core.model.evidence import Diagnosis


def diagnose(
    reference: Frame | None = None,
    current: Frame | None = None,
    *,
    quality: str = "",
    loss: str = "",
    time: str = "",
    unit: str = "",
    version: str = "",
    segments: str | Sequence[str] | None = None,
    features: str | Sequence[str] | None = None,
    metrics: Frame | None = None,
    spans: Frame | None = None,
    logs: Frame | None = None,
    calls: Iterable[tuple[str, str]] = (),
    changes: Iterable[Change] = (),
    target: str = "",
    host: str = "",
    signal: str = "",
    since: When | None = None,
    at: When | None = None,
) -> Diagnosis:
    """Return who is hit, since when, where it began, by what, and how sure that is.

    Give answers (``reference`` and ``current``), what services were seen to do (``metrics``, ``spans``,
    ``logs``), or both. Frames are Arrow, pandas or Polars frames, or dictionaries of columns.

    Args:
        reference: answers of a time that was well.
        current: answers of the time judged; it may begin before things went wrong.
        quality: column that says how good an answer was, in [0, 1]; null where not known.
        loss: column that says how bad it was; one of the two.
        time: column that says when; without it rows count as one a second, in their order.
        unit: column of the randomisation unit, such as the user, so that no unit counts for many.
        version: column of the model's version.
        segments: column or columns to cut the traffic by; all short texts where not given.
        features: column or columns that the model was given; all others where not given. One that ``current``
            lacks counts as empty there, and is told of.
        metrics: samples: ``time``, ``service``, ``name``, ``value``, and ``host`` where there are several.
        spans: ``time``, ``service``, ``trace_id``, ``id``, ``name``, ``duration_ms``, and others of the span
            columns where known: ``parent_id``, ``kind``, ``status``, ``peer``, ``host`` …
        logs: ``time``, ``service``, ``body``, and others of the log columns where known.
        calls: who calls whom, as (caller, callee); parts may be missing.
        changes: what was changed, in any order.
        target: the service whose harm is to be explained.
        host: the machine of it, where one alone is harmed.
        signal: the metric of it that is harmed.
        since: where the time judged begins, for telemetry: the start of ``current``, or the last fifth of all
            there is, where not given.
        at: when harm was told of; the end where not given.

    Raises:
        BadFrameError: a frame lacks a column, or nothing was given.

    >>> import numpy as np
    >>> random = np.random.default_rng(1)
    >>> region = random.choice(["north", "south", "east"], 2_000)
    >>> before = {"right": random.random(2_000) < 0.8, "region": region}
    >>> worse = np.where(region == "north", 0.5, 0.8)
    >>> now = {"right": random.random(2_000) < worse, "region": region}
    >>> found = diagnose(before, now, quality="right")
    >>> found.scope.segment.attribute, found.scope.segment.value
    ('region', 'north')
    """
    told, name = tuple(changes), target or "service"
    columns = Named(
        quality=quality,
        loss=loss,
        time=time,
        unit=unit,
        version=version,
        segments=names_in(segments),
        features=names_in(features),
    )
    answers = _answers(reference, current, columns, name)
    begin = instant(since, "since") if since is not None else None
    telemetry = telemetry_of(
        metrics=metrics,
        spans=spans,
        logs=logs,
        calls=tuple(calls),
        changes=told,
        target=(target, host, signal),
        since=answers.now[0] if begin is None and answers and time else begin,
        at=None if at is None else instant(at, "at"),
    )
    if answers is None:
        answers = _none(telemetry)
    found = _diagnose(
        Case(
            incident="frames",
            service=Service(key=name, quality=(QUALITY,)),
            now=max(answers.now[1], telemetry.current[1] if telemetry else 0),
            reference=answers.reference,
            current=answers.current,
            reference_span=answers.before,
            current_span=answers.now,
            changes=told,
            telemetry=telemetry,
        )
    )
    return of_frames(found, answers, quality or loss)


def _answers(reference: Frame | None, current: Frame | None, named: Named, service: str) -> Answers | None:
    if reference is None and current is None:
        return None
    if reference is None or current is None:
        missing = "reference" if reference is None else "current"
        raise BadFrameError(f"give {missing}, too: a diagnosis holds one against the other")
    return answers_of(reference, current, named, service)


def _none(telemetry: Telemetry | None) -> Answers:
    """Return that there are no answers, over the spans of the telemetry."""
    if telemetry is None:
        raise BadFrameError(
            "there is nothing to diagnose: give reference and current, or metrics, spans or logs"
        )
    nothing = empty(Kind.PREDICTIONS)
    return Answers(nothing, nothing, before=telemetry.reference, now=telemetry.current)

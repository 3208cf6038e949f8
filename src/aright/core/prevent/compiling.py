"""Compile: a proven cause to the check that would have caught it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, FEATURE, TIME, names_with, source_of
from aright.core.model.evidence import CauseKind, Verdict
from aright.core.model.guard import Guard
from aright.core.model.outcome import is_event
from aright.core.model.times import SECOND
from aright.core.prevent.judging import in_words, served, value_told
from aright.core.prevent.measures import BY, OUTCOME, Measured, measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.evidence import Cause, Diagnosis
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros

WIDTH: Final = 30 * SECOND
"""Width of the windows that limits are set for, unless said otherwise (µs)."""

WIDER: Final = (1, 2, 4)
"""How many of the engine's windows a guard judges together: the first that tells is taken."""

FEWEST: Final = 6
"""Windows of the reference that a limit needs."""

MOST_FIRED: Final = 0.6
"""Share of the incident's windows that a limit must be broken in: a replay wants more than half."""

MOST_LIMITS: Final = 6
ERRORS: Final = "error_share"
CALLS: Final = "calls:"
"""What stands before the signals of a service that traces alone tell of."""

_TITLES: Final = {
    "source_contract": "Feature source",
    "input_quality": "Every value of",
    "version_quality": "Every version of",
}

SMALL: Final = {
    "null_share": 0.02,
    "constant_share": 0.05,
    "loss": 0.005,
    "rate": 0.002,
    "errors": 0.005,
    "worst_loss": 0.05,
}
"""Least room above the reference's largest value, by measure."""

WIDEST: Final = {
    "null_share": 0.05,
    "constant_share": 0.2,
    "loss": 0.05,
    "rate": 0.05,
    "errors": 0.05,
    "worst_loss": 0.2,
}
"""Most room above it: what hits a smaller part of the traffic next time shall be caught too."""


def compile_guard(
    incident: Incident,
    reference: pa.Table,
    current: pa.Table,
    now: Micros,
    *,
    width: Micros = WIDTH,
) -> Guard | None:
    """Return the check that holds on the reference and would have fired on the incident, if there is one.

    A feature source gets limits on emptiness, constancy or freshness, a model version one on its loss, and so
    does every value of an attribute of which one came with inputs that are made in another way. Limits
    are set on every other window of the reference, so that a replay over all of it is a test.

    Args:
        incident: with the diagnosis that names the cause.
        reference: joined rows of a healthy time.
        current: joined rows since the onset.
        now: when it is made (µs, UTC).
        width: of the engine's windows (µs); where these hold too few rows to tell, wider ones do.

    Returns:
        ``None`` where the cause is not proven, is of another kind, or no measure tells the two times apart.
    """
    found = incident.diagnosis
    if found is None or found.verdict is Verdict.INCONCLUSIVE:
        return None
    made = (
        _compiled(incident, found, reference, current, now, times * width, wide=times > 1) for times in WIDER
    )
    return next((guard for guard in made if guard is not None), None)


def _compiled(
    incident: Incident,
    found: Diagnosis,
    reference: pa.Table,
    current: pa.Table,
    now: Micros,
    width: Micros,
    *,
    wide: bool,
) -> Guard | None:
    """Return the guard whose windows are of this width."""
    healthy, hurt = _windows(served(reference), width), _windows(served(current), width)
    least = max(int(np.median([each.num_rows for each in healthy]) / 2), 1) if healthy else 0
    before = [each for each in healthy if each.num_rows >= least][::2]
    after = [each for each in hurt if each.num_rows >= least]
    if len(before) < FEWEST or not after:
        return None
    of_cause = _of_cause(incident, found, current)
    if of_cause is None:
        return None
    guard = _guard(incident, *of_cause, before, after, least, now)
    return guard if guard is None or not wide else msgspec.structs.replace(guard, width=width)


def _of_cause(incident: Incident, found: Diagnosis, current: pa.Table) -> tuple[str, str, list[str]] | None:
    """Return kind and subject of the guard that fits the likeliest cause, and what may be held of it."""
    cause = found.causes[0]
    if cause.kind is CauseKind.FEATURE_SOURCE:
        return "source_contract", cause.subject, _source_measures(cause, found, current)
    if cause.kind is CauseKind.PIPELINE and cause.features:
        source = source_of(cause.features[0])
        return "source_contract", source, _made_measures(cause, found, source, current)
    if cause.kind is CauseKind.INPUTS:
        subject = cause.subject.partition(" = ")[0]
        return "input_quality", subject, _input_measures(incident, found, subject, current)
    if cause.kind is CauseKind.MODEL_VERSION:
        subject = _model(current) or f"the model of {incident.service}"
        return "version_quality", subject, _quality_measures(incident, found, current)
    return None


def _guard(
    incident: Incident,
    kind: str,
    subject: str,
    names: Sequence[str],
    before: Sequence[pa.Table],
    after: Sequence[pa.Table],
    least: int,
    now: Micros,
) -> Guard | None:
    graded = max(least // 2, 1)
    limits: dict[str, float] = {}
    for name in names:
        limit = _limit(name, before, after, graded)
        if limit is not None and len(limits) < MOST_LIMITS:
            limits[name] = limit
    if not limits:
        return None
    told = "; ".join(f"{in_words(name)} at most {value_told(name, limit)}" for name, limit in limits.items())
    what = _TITLES[kind]
    return Guard(
        key=f"G-{incident.key}-1",
        service=incident.service,
        incident=incident.key,
        kind=kind,
        subject=subject,
        title=f"{what} {subject}: {told}",
        limits=limits,
        min_rows=graded,
        created_at=now,
    )


def _limit(name: str, before: Sequence[pa.Table], after: Sequence[pa.Table], least: int) -> float | None:
    """Return a limit above the reference and below most of the incident, or ``None``.

    Feature measures start from the reference's largest value, and leave its standard deviation at least;
    means start from their median, since a breach of theirs is judged with their error. The room then grows
    to a third of the way to the incident's median.
    """
    usual = _measured(name, before, least)
    hurt = _measured(name, after, least)
    if len(usual) < FEWEST or not hurt:
        return None
    what = name.partition(":")[0].removesuffix("_rise")
    values = [each.value for each in usual]
    mean = what in {"loss", "rate", "errors"}
    base = float(np.median(values)) if mean else max(values)
    room = SMALL.get(what, 0.1 * abs(base))
    if not mean:
        room = max(room, float(np.std(values)))
    level = float(np.median([each.value for each in hurt]))
    room = max(room, min((level - base) / 3.0, WIDEST.get(what, abs(base))))
    surely = float(np.quantile([each.low for each in hurt], 1.0 - MOST_FIRED))
    return base + room if surely > base + room else None


def _measured(name: str, windows: Iterable[pa.Table], least: int) -> list[Measured]:
    found = (measure(name, each, least=least) for each in windows)
    return [each for each in found if each is not None]


def _source_measures(cause: Cause, found: Diagnosis, rows: pa.Table) -> list[str]:
    """Return what may be held of a source's features: what its mode is about first."""
    own = [each for each in names_with(rows.schema, FEATURE) if source_of(each) == cause.subject]
    features = [*cause.features, *(each for each in own if each not in cause.features)]
    high = _quantile(found.scope.share_of_traffic)
    by_mode = {
        "empty": ("null_share", "constant_share"),
        "stale": (f"p{high}", "constant_share"),
        "shifted": (f"p{high}", f"minus_p{100 - high}"),
    }
    first = by_mode.get(cause.mode, ("null_share",))
    return [f"{what}:{feature}" for what in first for feature in features]


def _made_measures(cause: Cause, found: Diagnosis, source: str, rows: pa.Table) -> list[str]:
    """Return what may be held of what a job makes: any of a source's measures, the likeliest first."""
    modes = (("late", "stale"), ("failed", "stale"), ("", "empty"), ("", "shifted"), ("", "stale"))
    tried = [mode for told, mode in modes if told in {"", cause.mode}]
    as_source = (msgspec.structs.replace(cause, subject=source, mode=mode) for mode in dict.fromkeys(tried))
    return [each for one in as_source for each in _source_measures(one, found, rows)]


def _quantile(share: float) -> int:
    """Return the percentile that a part of the traffic of this size moves by itself.

    >>> _quantile(1.0), _quantile(0.3), _quantile(0.05)
    (50, 90, 99)
    """
    return next((each for each in (50, 75, 90, 95) if 1.0 - each / 100.0 <= share / 2.0), 99)


def _input_measures(incident: Incident, found: Diagnosis, subject: str, rows: pa.Table) -> list[str]:
    """Return what may be held of the values of an attribute or feature: their quality, each by itself."""
    column = next(
        (each for each in (ATTRIBUTE + subject, FEATURE + subject) if each in rows.schema.names), ""
    )
    kinds = [
        name.partition(":")[2]
        for name in _quality_measures(incident, found, rows)
        if name.startswith("loss:") and column
    ]
    return [f"worst_loss:{kind}{BY}{column}" for kind in kinds]


def _quality_measures(incident: Incident, found: Diagnosis, rows: pa.Table) -> list[str]:
    """Return what may be held of a version: the outcomes that told of the harm, quality first."""
    told = [found.scope.loss, *(each.signal for each in incident.alerts if each.harm)]
    kinds = [each.partition(":")[2] for each in told if each.startswith(("quality:", "events:"))]
    ordered = sorted(dict.fromkeys(kinds), key=is_event)
    known = [each for each in ordered if OUTCOME + each in rows.schema.names]
    failing = any(each.removeprefix(CALLS) == ERRORS for each in told)
    return [f"errors{what}:answers" for what in ("", "_rise") if failing] + [
        f"{'rate' if is_event(each) else 'loss'}{what}:{each}" for each in known for what in ("", "_rise")
    ]


def _model(rows: pa.Table) -> str:
    """Return the model's name where all rows agree on it, else nothing."""
    if "model" not in rows.schema.names:
        return ""
    names = pc.drop_null(pc.unique(rows["model"].cast(pa.string()))).to_pylist()
    return str(names[0]) if len(names) == 1 else ""


def _windows(rows: pa.Table, width: Micros) -> list[pa.Table]:
    """Cut rows into windows that start at multiples of the width."""
    if rows.num_rows == 0:
        return []
    slot = np.asarray(rows["time"].cast(TIME).cast(pa.int64()).to_numpy()) // width
    order = np.argsort(slot, kind="stable")
    bounds = np.flatnonzero(np.diff(slot[order])) + 1
    return [rows.take(pa.array(each)) for each in np.split(order, bounds)]

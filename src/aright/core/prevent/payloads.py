"""Guards on payloads: a dependency's answers keep the contract that they kept before the incident.

The contract is learnt from every other window of the healthy time and goes with the guard, so that a replay
over all of it is a test, and the guard means the same wherever it is run.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.contract import Sample, TooLittleHistoryError, check, learn
from aright.core.contract.contract import decode, encode
from aright.core.model.columns import TIME
from aright.core.model.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract import Break, Contract, Summary
    from aright.core.model.evidence import Cause
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros

KIND: Final = "payload_contract"
BREAK: Final = "break:"
"""How the limit of a path begins: no break of it is allowed."""

MOST_PATHS: Final = 6
MOST_DOCUMENTS: Final = 500
"""Documents of one window that are looked at, the first ones."""

WIDER: Final = (1, 4)
"""How many of the engine's windows a guard judges together: the first that tells is taken."""

_LEVEL: Final = 6


def payload_guard(
    incident: Incident,
    cause: Cause,
    reference: pa.Table,
    current: pa.Table,
    now: Micros,
    *,
    width: Micros,
) -> Guard | None:
    """Return the guard that a dependency's contract is, if the incident's payloads break it.

    It holds the paths that the cause names: others move with them, and each could be wrong by chance.

    Args:
        incident: that it comes of.
        cause: the broken contract.
        reference: payloads of a healthy time (``PAYLOAD_FIELDS``).
        current: payloads since the onset.
        now: when it is made (µs, UTC).
        width: of the engine's windows (µs); where these hold too few documents to tell, wider ones do.

    Returns:
        ``None`` where there are too few healthy windows, or no path breaks in most of the incident's.
    """
    made = (_guard(incident, cause, reference, current, now, each * width) for each in WIDER)
    return next((guard for guard in made if guard is not None), None)


def _guard(
    incident: Incident, cause: Cause, reference: pa.Table, current: pa.Table, now: Micros, width: Micros
) -> Guard | None:
    healthy, hurt = (_windows(of_endpoint(rows, cause.subject), width) for rows in (reference, current))
    least = max(int(np.median([each.num_rows for each in healthy]) / 2), 1) if healthy else 1
    try:
        contract = learn([summary_of(each) for each in healthy if each.num_rows >= least][::2])
    except TooLittleHistoryError:
        return None
    judged = [each for each in hurt if each.num_rows >= least]
    broken = _broken_in_most([_breaks(contract, each) for each in judged])
    named = [path for path in broken if path in cause.features]
    paths = (named or broken)[:MOST_PATHS]
    if not paths:
        return None
    told = ", ".join(f"`{path}`" for path in paths)
    return Guard(
        key=f"G-{incident.key}-1",
        service=cause.service or incident.service,
        incident=incident.key,
        kind=KIND,
        subject=cause.subject,
        title=f"Answers of {cause.subject} keep their contract in {told}, "
        f"learnt from {contract.documents:,} documents",
        limits={BREAK + path: 0.0 for path in paths},
        min_rows=least,
        created_at=now,
        width=width,
        contract=zlib.compress(encode(contract), _LEVEL),
    )


def breaks_of(guard: Guard, rows: pa.Table) -> list[Break]:
    """Return how one window of the endpoint's payloads breaks the guard's contract in the paths it holds."""
    contract = decode(zlib.decompress(guard.contract))
    return [found for found in _breaks(contract, rows) if BREAK + found.path in guard.limits]


def of_endpoint(rows: pa.Table, subject: str) -> pa.Table:
    """Return the payloads of one endpoint and direction.

    >>> ways = ["response", "request"]
    >>> rows = pa.table({"dependency": ["d"] * 2, "endpoint": ["GET /x"] * 2, "direction": ways})
    >>> of_endpoint(rows, "d GET /x request").num_rows
    1
    """
    if not rows.num_rows:
        return rows
    texts = [rows[name].cast(pa.string()) for name in ("dependency", "endpoint", "direction")]
    way = pc.if_else(pc.equal(texts[2], "response"), "", " request")
    named = pc.binary_join_element_wise(texts[0], pc.binary_join_element_wise(texts[1], way, ""), " ")
    return rows.filter(pc.fill_null(pc.equal(named, subject), fill_value=False))


def summary_of(rows: pa.Table) -> Summary:
    """Return what one window's documents come to."""
    times = rows["time"].cast(TIME).cast(pa.int64()).to_pylist()[:MOST_DOCUMENTS]
    sample = Sample(start=min(times, default=0))
    for at, body in zip(times, rows["body"].slice(0, MOST_DOCUMENTS).to_pylist(), strict=True):
        sample.add(msgspec.json.decode(body), at)
    return sample.summary()


def _breaks(contract: Contract, rows: pa.Table) -> list[Break]:
    found = check(contract, summary_of(rows))
    return [each for each in found if each.grade != "harmless"]


def _broken_in_most(windows: Sequence[Sequence[Break]]) -> list[str]:
    """Return the paths that break in more than half of the windows, those that break most often first."""
    counts: dict[str, int] = {}
    for found in windows:
        for path in {each.path for each in found}:
            counts[path] = counts.get(path, 0) + 1
    return sorted(
        (path for path in counts if 2 * counts[path] > len(windows)), key=lambda path: -counts[path]
    )


def _windows(rows: pa.Table, width: Micros) -> list[pa.Table]:
    """Cut payloads into windows that start at multiples of the width, by time."""
    if not rows.num_rows:
        return []
    slot = np.asarray(rows["time"].cast(TIME).cast(pa.int64()).to_numpy()) // width
    order = np.argsort(slot, kind="stable")
    bounds = np.flatnonzero(np.diff(slot[order])) + 1
    return [rows.take(pa.array(each)) for each in np.split(order, bounds)]

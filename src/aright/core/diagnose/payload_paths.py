"""Payloads: did a path of what a dependency answers move, and do the answers made from it go with the loss?

Payloads are tied to answers by the trace that both belong to. The paths of each endpoint's documents are then
features of these answers, and are judged as features are. So a contract that broke is more than a break that
came just before the loss: the very rows can be shown, and a break that the loss does not go with is cleared.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.features import features_of
from aright.core.diagnose.freshness import pairs_of
from aright.core.diagnose.leaves import columns_of, leaves_of
from aright.core.diagnose.moves import moves_of
from aright.core.diagnose.scan import gain_of
from aright.core.model.columns import FEATURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.features import Feature
    from aright.core.diagnose.losses import Loss
    from aright.core.diagnose.moves import Move
    from aright.core.diagnose.rows import Rows
    from aright.core.diagnose.scene import Scene

MOST_ENDPOINTS: Final = 6
"""Endpoints looked at, those with the most documents."""

MOST_TIED: Final = 1_200
"""Answers of either side, before and since the onset, whose documents of one endpoint are looked into."""

ENOUGH: Final = 60
"""Answers that must have a document, on either side."""

_FAILED: Final = 400


@dataclass(frozen=True, eq=False)
class Tied:
    """The documents of one endpoint as features of the answers that were made from them.

    Attributes:
        subject: dependency and endpoint, as a contract's alert names them.
        is_sent: whether it is what the service sends rather than what it gets.
        scene: the scene, of the answers alone that have such a document.
        kept: which of the scene's rows these are.
        moves: paths that moved inside the part hit, each with its feature over all rows of ``scene``.
        elsewhere: paths that moved, but not there.
        paths: how many were looked at.
    """

    subject: str
    is_sent: bool
    scene: Scene
    kept: NDArray[np.bool_]
    moves: tuple[tuple[Move, Feature], ...]
    elsewhere: tuple[str, ...]
    paths: int


def tied(scene: Scene) -> list[Tied]:
    """Return the endpoints whose documents are tied to enough answers, with the paths that moved."""
    payloads = scene.case.payloads
    answers = _answers(scene.whole)
    if payloads is None or "trace_id" not in payloads.schema.names or not answers:
        return []
    found = (_tied(scene, subject, rows, answers) for subject, rows in _by_endpoint(payloads))
    return [each for each in found if each is not None]


def _answers(rows: Rows) -> dict[str, int]:
    """Return the row of each trace, the first where it has several."""
    if "trace_id" not in rows.table.schema.names:
        return {}
    traces = rows.table["trace_id"].cast(pa.string()).to_pylist()
    return {trace: at for at, trace in reversed(list(enumerate(traces))) if trace}


def _by_endpoint(payloads: pa.Table) -> list[tuple[str, pa.Table]]:
    """Return the documents of each endpoint, those of most documents first; failed answers are left out."""
    if "status" in payloads.schema.names:
        failed = pc.and_(
            pc.equal(payloads["direction"].cast(pa.string()), "response"),
            pc.greater_equal(payloads["status"], _FAILED),
        )
        payloads = payloads.filter(pc.invert(pc.fill_null(failed, fill_value=False)))
    columns = [payloads[name].cast(pa.string()) for name in ("dependency", "endpoint", "direction")]
    sent = pc.if_else(pc.equal(columns[2], "request"), " request", "")
    subject = pc.binary_join_element_wise(columns[0], " ", columns[1], sent, "")
    counts = sorted(subject.value_counts().to_pylist(), key=lambda each: (-each["counts"], each["values"]))
    return [
        (each["values"], payloads.filter(pc.equal(subject, each["values"])))
        for each in counts[:MOST_ENDPOINTS]
        if each["values"]
    ]


def _tied(scene: Scene, subject: str, payloads: pa.Table, answers: dict[str, int]) -> Tied | None:
    whole = scene.whole
    place: dict[int, int] = {}
    for at, trace in enumerate(payloads["trace_id"].cast(pa.string()).to_pylist()):
        row = answers.get(trace or "")
        if row is not None:
            place[row] = at
    rows = np.array(sorted(place), dtype=np.int64)
    chosen = np.concatenate([_some(whole, rows[whole.now[rows] == side]) for side in (False, True)])
    bodies = payloads["body"].take(pa.array([place[int(row)] for row in chosen], pa.int64())).to_pylist()
    records = [leaves_of(body) if body is not None else None for body in bodies]
    columns = columns_of(records, (~whole.now[chosen]).tolist())
    mask = np.zeros(len(whole), dtype=np.bool_)
    mask[chosen] = True
    here = _narrowed(scene, mask, columns)
    sides = (int((here.rows.now == side).sum()) for side in (False, True))
    if min(sides) < ENOUGH or not columns:
        return None
    features = [
        replace(each, name=name, source=subject)
        for each, name in zip(features_of(here.whole, _judged(here)), columns, strict=False)
    ]
    kept = [each.keep(here.kept) for each in features]
    pairs = pairs_of(here.rows.unit, here.rows.time, here.rows.now)
    moves = moves_of(here.rows, kept, here.inside, pairs)
    moved = tuple((move, each) for move, each in zip(moves, features, strict=True) if move.moved)
    anywhere = moves_of(here.rows, kept, np.ones(len(here.rows), dtype=np.bool_), pairs) if not moved else ()
    elsewhere = tuple(move.feature.name for move in anywhere if move.moved)
    return Tied(subject, subject.endswith(" request"), here, mask[scene.kept], moved, elsewhere, len(columns))


def _some(rows: Rows, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return at most ``MOST_TIED`` rows, by a hash of their trace, so that the choice is nobody's."""
    if len(chosen) <= MOST_TIED:
        return chosen
    traces = rows.table["trace_id"].take(pa.array(chosen)).cast(pa.string()).to_pylist()
    order = np.argsort([zlib.crc32(str(trace).encode("utf-8", "replace")) for trace in traces], kind="stable")
    return np.sort(chosen[order[:MOST_TIED]])


def _judged(scene: Scene) -> NDArray[np.bool_]:
    mask = np.zeros(len(scene.whole), dtype=np.bool_)
    mask[np.flatnonzero(scene.kept)] = scene.inside & scene.rows.now
    return mask


def _narrowed(scene: Scene, mask: NDArray[np.bool_], columns: dict[str, pa.Array]) -> Scene:
    """Return the scene of the rows in ``mask`` alone, with paths in the place of their features."""
    whole = scene.whole.keep(mask)
    names = [each for each in whole.table.schema.names if not each.startswith(FEATURE)]
    table = whole.table.select(names)
    for number, column in enumerate(columns.values()):
        table = table.append_column(f"{FEATURE}{number:04}", column)
    whole = replace(whole, table=table)
    kept, within = scene.kept[mask], mask[scene.kept]
    rows = whole.keep(kept)
    losses = tuple(each.keep(within) for each in scene.losses)
    inside = scene.inside[within]
    return replace(
        scene,
        whole=whole,
        kept=kept,
        rows=rows,
        losses=losses,
        before=tuple(each.keep(mask) for each in scene.before),
        finding=replace(scene.finding, mask=inside, gain=gain_of(losses, rows.now, inside)),
        told=_same(losses, scene.told.name),
        sharp=_same(losses, scene.sharp.name),
    )


def _same(losses: Sequence[Loss], name: str) -> Loss:
    return next(each for each in losses if each.name == name)

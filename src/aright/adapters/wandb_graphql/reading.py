"""A run of Weights & Biases as aright knows runs: bounded, and what may be a secret masked.

Nothing of an answer is taken for granted: what is of another type than it should be is as if it were not
there.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aright.core.contract.run_values import LONGEST, metrics_of, number_of, parameters_of
from aright.core.model.curves import MOST_CURVES, Curve, curve_of
from aright.core.model.run import ABORTED, COMPLETE, FAILED, RUNNING, DatasetUse, Run
from aright.core.model.times import from_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.model.times import Micros

Tree = dict[str, object]

MOST_ROWS: Final = 5_000
"""Values of one curve that are taken from an answer."""

MOST_DATA: Final = 200

_STATES: Final = {"finished": COMPLETE, "failed": FAILED, "crashed": ABORTED, "killed": ABORTED}
_LAST_STEP: Final = 1 << 53


def tree_at(tree: object, *path: str) -> object:
    """Return what stands at a path of keys, ``None`` where there is nothing."""
    for name in path:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(name)
    return tree


def text_of(tree: object, *path: str) -> str:
    """Return the text at a path of keys, empty where there is none."""
    found = tree_at(tree, *path)
    return found[:LONGEST] if isinstance(found, str) else ""


def nodes_of(connection: object) -> Iterator[Tree]:
    """Yield the objects of a connection's page."""
    edges = tree_at(connection, "edges")
    for edge in edges if isinstance(edges, list) else ():
        node = tree_at(edge, "node")
        if isinstance(node, dict):
            yield node


def decoded(value: object) -> Tree:
    """Return the object that JSON in text says, with NaN and Infinity; an empty one where it is none."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def config_of(node: Tree) -> Tree:
    """Return what a run was given; each value is wrapped with its description."""
    return {
        name: each.get("value") if isinstance(each, dict) and "value" in each else each
        for name, each in decoded(node.get("config")).items()
        if name not in {"_wandb", "wandb_version"}
    }


def history_names(node: Tree) -> list[str]:
    """Return the metrics that a run logged more than once, as far as it tells; else those of its summary."""
    keys = tree_at(decoded(node.get("historyKeys")), "keys")
    if isinstance(keys, dict) and keys:
        names = [name for name, about in keys.items() if _is_number(about)]
    else:
        names = list(metrics_of(decoded(node.get("summaryMetrics"))))
    kept = [name for name in names if not name.startswith(("_", "system/")) and len(name) <= LONGEST]
    return kept[:MOST_CURVES]


def _is_number(about: object) -> bool:
    counts = tree_at(about, "typeCounts")
    if not isinstance(counts, list):
        return True
    return any(text_of(each, "type") == "number" for each in counts)


def curves_of(names: Sequence[str], histories: object) -> dict[str, Curve]:
    """Return the curves of sampled histories, one list of rows for each name."""
    found = {}
    for name, rows in zip(names, histories if isinstance(histories, list) else (), strict=False):
        points = []
        for row in rows[:MOST_ROWS] if isinstance(rows, list) else ():
            step, value = number_of(tree_at(row, "_step")), number_of(tree_at(row, name))
            if step is not None and value is not None and abs(step) < _LAST_STEP:
                points.append((int(step), value))
        curve = curve_of(points)
        if curve is not None:
            found[name] = curve
    return found


def run_of(
    node: Tree, curves: dict[str, Curve], *, model: str, version: str, version_key: str, now: Micros
) -> Run:
    """Return a run.

    Args:
        node: as the server tells of it.
        curves: of its metrics.
        model: name of the model, or of the project where none is known.
        version: as predictions name it.
        version_key: which part of its config is the version itself.
        now: when it was read, for runs that do not say when they were (µs, UTC).
    """
    started, beat = _instant(node.get("createdAt")), _instant(node.get("heartbeatAt"))
    state = _STATES.get(text_of(node, "state"), RUNNING)
    ended = beat if state != RUNNING else None
    job = f"wandb/{model}"[:LONGEST]
    return Run(
        key=f"{job}/{text_of(node, 'name')}",
        job=job,
        run_id=text_of(node, "name"),
        kind="TRAINING",
        state=state,
        started=started,
        ended=ended,
        seen=next((at for at in (ended, beat, started) if at is not None), now),
        inputs=tuple(_use(each) for each in list(nodes_of(node.get("inputArtifacts")))[:MOST_DATA]),
        outputs=(DatasetUse(name=job, version=version),) if version else (),
        code=text_of(node, "commit"),
        parameters={
            name: told for name, told in parameters_of(config_of(node)).items() if name != version_key
        },
        metrics=metrics_of(decoded(node.get("summaryMetrics"))),
        curves=curves,
    )


def _use(node: Tree) -> DatasetUse:
    index = node.get("versionIndex")
    version = f"v{index}" if isinstance(index, int) and not isinstance(index, bool) else ""
    return DatasetUse(
        name=text_of(node, "artifactSequence", "name") or "an artifact without a name",
        version=(version or text_of(node, "digest"))[:LONGEST],
    )


def _instant(value: object) -> Micros | None:
    """Return a time as the server writes it, with or without its zone, which is UTC."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        told = datetime.fromisoformat(value)
        return from_datetime(told if told.tzinfo is not None else told.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None

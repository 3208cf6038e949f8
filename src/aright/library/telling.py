"""What the core says as to a server, said as to somebody who holds frames in hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc
from msgspec.structs import replace

from aright.core.model.evidence import Evidence, Reach, Step, Verdict
from aright.core.model.probability import percent, points
from aright.library.rows import OUTCOME, QUALITY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.model.evidence import Diagnosis
    from aright.library.rows import Answers

Z: Final = 1.96
FEWEST: Final = 30
"""Known answers on either side below which nothing is said of their mean."""

_SHOWN: Final = 12


def of_frames(found: Diagnosis, answers: Answers, quality: str) -> Diagnosis:
    """Return a diagnosis in the words of frames: their columns, and no advice that only a server has use for.

    Two frames that do alike are not "not enough data": that nothing rose beyond chance is said, with the
    interval in which the difference lies, which tells what might still be hidden.

    Args:
        found: as the core has it.
        answers: what it was made of.
        quality: the column that said how good or bad answers were; empty where there were no answers.
    """
    scope = found.scope
    if scope.reach is Reach.UNCLEAR and answers.reference.num_rows:
        reach, sentence = _quiet(answers, quality)
        found = replace(
            found,
            scope=replace(scope, reach=reach, sentence=sentence),
            summary=found.summary.replace(scope.sentence, sentence) if scope.loss else sentence,
            evidence=tuple(
                replace(each, text=each.text.replace(scope.sentence, sentence)) for each in found.evidence
            ),
        )
        if reach is Reach.NONE and found.verdict is Verdict.INCONCLUSIVE:
            found = _nothing(found, sentence)
    return replace(found, evidence=(*found.evidence, *_columns(answers, found.evidence)))


def _nothing(found: Diagnosis, sentence: str) -> Diagnosis:
    """Return a diagnosis of no harm: it has no causes, nor findings on when and by how much it came.

    The search for an onset takes the worst stretch there is, and tells of chance where there was none.
    """
    harm = {Step.HARM, Step.SCOPE}
    kept = (each for each in found.evidence if each.step not in harm or each.text == sentence)
    free = tuple(replace(each, supports=(), opposes=(), weight=0.0) for each in kept)
    return replace(found, summary=sentence, causes=(), evidence=free)


def _quiet(answers: Answers, quality: str) -> tuple[Reach, str]:
    """Return what is said where neither a part nor all of the answers surely do worse."""
    sides = [_Mean.of(side) for side in (answers.reference, answers.current)]
    before, now = sides
    few = [name for name, side in zip(("reference", "current"), sides, strict=True) if side.count < FEWEST]
    if few:
        return Reach.UNCLEAR, (
            f"Not enough data: the column {quality!r} has fewer than {FEWEST} values in {' and '.join(few)}. "
            "Give answers that it is known for."
        )
    change = now.value - before.value
    error = Z * float(np.hypot(before.error, now.error))
    low, high = points(change - error), points(change + error)
    told = (
        f"the mean quality is {percent(now.value)} over {now.count:,} answers, "
        f"before {percent(before.value)} over {before.count:,}; "
        f"the difference lies between {low} and {high} ({percent(0.95)} interval)"
    )
    if change + error < 0.0:
        return Reach.UNCLEAR, f"Worse, but whether everywhere or in a part cannot be told: {told}."
    return Reach.NONE, f"Nothing does worse beyond chance: {told}."


@dataclass(frozen=True)
class _Mean:
    """Mean quality of one side, how many answers it is of, and its standard error by units."""

    value: float
    count: int
    error: float

    @classmethod
    def of(cls, rows: pa.Table) -> _Mean:
        known = rows.filter(pc.is_valid(rows[OUTCOME + QUALITY]))
        values = np.asarray(known[OUTCOME + QUALITY].to_numpy(), dtype=np.float64)
        finite = np.isfinite(values)
        if not finite.any():
            return cls(0.0, 0, 0.0)
        names = known["unit" if "unit" in known.column_names else "id"].combine_chunks()
        unit = names.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)[finite]
        rest = values[finite] - values[finite].mean()
        sums = np.bincount(unit - unit.min(), weights=rest)
        return cls(float(values[finite].mean()), len(rest), float(np.sqrt(sums @ sums)) / len(rest))


def _columns(answers: Answers, known: Sequence[Evidence]) -> list[Evidence]:
    """Return findings on columns that only one frame has, numbered behind those that are known."""
    last = max((int(each.id.removeprefix("E")) for each in known), default=0)
    told = []
    if answers.gone:
        told.append(
            f"current lacks {_listed(answers.gone)}, which reference has: "
            f"{'it counts' if len(answers.gone) == 1 else 'they count'} as empty there."
        )
    if answers.come:
        told.append(
            f"Only current has {_listed(answers.come)}: there is nothing to hold "
            f"{'it' if len(answers.come) == 1 else 'them'} against, so nothing is said of "
            f"{'it' if len(answers.come) == 1 else 'them'}."
        )
    return [
        Evidence(id=f"E{last + at}", step=Step.INPUTS, text=text, rows="") for at, text in enumerate(told, 1)
    ]


def _listed(names: tuple[str, ...]) -> str:
    some = ", ".join(repr(name) for name in names[:_SHOWN])
    return some if len(names) <= _SHOWN else f"{some} and {len(names) - _SHOWN:,} more"

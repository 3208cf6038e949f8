"""Contract fit: are the candidate's outputs like those that the champion's readers know?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.contract import Sample, Structure, TooLittleHistoryError, check, learn
from aright.core.model.times import MINUTE
from aright.core.prevent.gate.report import Check, State, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.contract import Contract, Summary
    from aright.core.model.replay import Output
    from aright.core.prevent.gate.plan import ContractPlan

FEWEST: Final = 100
"""Outputs of the champion that its contract is learnt from."""

_NAME: Final = "contract"
_WINDOWS: Final = (8, 40)
_FULL: Final = 200
_STEP: Final = 5 * MINUTE
_SHOWN: Final = 3
_KINDS: Final = ("label", "score", "number", "items", "text", "confidence", "error")


def contract_fit(
    champion: Sequence[Output],
    candidate: Sequence[Output],
    schema: Mapping[str, object] | None,
    plan: ContractPlan,
) -> Check:
    """Return whether outputs keep the contract learnt of the champion's, and fit a schema.

    Args:
        champion: its outputs; empty where there is none, and the schema alone decides.
        candidate: outputs of the same inputs.
        schema: JSON Schema of an output such as ``{"label": …}``; ``None`` for none.
        plan: what closes the gate.

    >>> from aright.core.model.replay import Output
    >>> from aright.core.prevent.gate.plan import ContractPlan
    >>> old = [Output(score=at / 200) for at in range(200)]
    >>> new = [Output(score=at / 2) for at in range(200)]
    >>> contract_fit(old, new, None, ContractPlan(file="f")).state.value
    'failed'
    """
    documents = [document_of(output) for output in candidate]
    misfits = _misfits(documents, schema)
    if misfits:
        return Check(name=_NAME, state=State.FAILED, text=misfits, next="mend the output, or the schema")
    fits = f"{len(documents):,} outputs fit the schema" if schema is not None else ""
    if not champion:
        state = State.PASSED if fits else State.FAILED
        text = fits or "no champion to learn from, and no schema"
        return Check(name=_NAME, state=state, text=text, next="" if fits else "name a champion or a schema")
    if len(champion) < FEWEST:
        text = f"{len(champion)} outputs of the champion are too few to learn from"
        return Check(name=_NAME, state=State.FAILED, text=text, next=f"give {FEWEST} cases at least")
    try:
        learnt = learn(_windows([document_of(output) for output in champion]))
    except TooLittleHistoryError as error:  # pragma: no cover - as many windows as it needs are cut
        return Check(name=_NAME, state=State.FAILED, text=str(error), next="give more cases")
    return _judged(learnt, documents, plan, fits)


def document_of(output: Output) -> dict[str, object]:
    """Return an output as the document that its readers get.

    >>> from aright.core.model.replay import Output
    >>> document_of(Output(label="cat", confidence=0.5))
    {'label': 'cat', 'confidence': 0.5}
    """
    given = {kind: getattr(output, kind) for kind in _KINDS}
    given["items"] = None if output.items is None else list(output.items)
    return {kind: value for kind, value in given.items() if value is not None and value != ""}


def _judged(learnt: Contract, documents: list[dict[str, object]], plan: ContractPlan, fits: str) -> Check:
    window = _summary(documents, learnt.clock.start + learnt.clock.span)
    found = check(learnt, window)
    closing = ("breaking", "suspicious") if plan.suspicious else ("breaking",)
    worst = [each for each in found if each.grade in closing]
    said = "; ".join(each.sentence for each in (worst or found)[:_SHOWN])
    fits = f"; {fits}" if fits else ""
    if worst:
        text = f"{len(worst)} of the outputs' promises are broken: {said}{fits}"
        return Check(name=_NAME, state=State.FAILED, text=text, next="mend the output, or tell its readers")
    beside = f", but: {said}" if said else ""
    text = f"{len(documents):,} outputs are like the champion's{beside}{fits}"
    return Check(name=_NAME, state=State.PASSED, text=text)


def _misfits(documents: Sequence[Mapping[str, object]], schema: Mapping[str, object] | None) -> str:
    if schema is None:
        return ""
    structure = Structure(schema)
    bad = [document for document in documents if not structure.accepts(document)]
    if not bad:
        return ""
    problem = structure.misfits(bad[0])[0]
    where = plain(f"{problem.path}: {problem.problem}", 200)
    return f"{len(bad)} of {len(documents)} outputs do not fit the schema, such as {where}"


def _windows(documents: list[dict[str, object]]) -> list[Summary]:
    """Return documents in windows of their order."""
    low, high = _WINDOWS
    count = min(max(len(documents) // _FULL, low), high)
    edges = [len(documents) * number // count for number in range(count + 1)]
    return [_summary(documents[edges[number] : edges[number + 1]], number * _STEP) for number in range(count)]


def _summary(documents: Sequence[object], start: int) -> Summary:
    sample = Sample(start=start)
    for document in documents:
        sample.add(document)
    return sample.summary()

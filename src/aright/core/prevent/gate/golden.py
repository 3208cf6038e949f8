"""Golden outputs: inputs whose outputs must stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.prevent.gate.report import Check, State, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.replay import Output
    from aright.core.prevent.gate.plan import Case, GoldenPlan

_SHOWN: Final = 3
_LONGEST: Final = 60
_NUMBERS: Final = ("number", "score")
_WORDS: Final = ("label", "text")


def golden(cases: Sequence[Case], outputs: Sequence[Output], plan: GoldenPlan) -> Check:
    """Return whether outputs are what is expected; how sure a version is does not count.

    >>> from aright.core.model.replay import Output, Stored
    >>> from aright.core.prevent.gate.plan import Case, GoldenPlan
    >>> case = Case(stored=Stored(id="a"), expected=Output(label="cat"))
    >>> golden([case], [Output(label="dog")], GoldenPlan(file="f")).text
    "1 of 1 outputs differ: a: label 'cat' → label 'dog'"
    """
    told = [(case, got) for case, got in zip(cases, outputs, strict=True) if case.expected is not None]
    if not told:
        return Check(
            name="golden",
            state=State.FAILED,
            text=f"none of {len(cases)} cases says what is expected",
            next='give each case "expected": {"label": …}',
        )
    other = [
        (case, got)
        for case, got in told
        if case.expected is not None
        and not same(case.expected, got, absolute=plan.absolute, relative=plan.relative)
    ]
    unknown = len(cases) - len(told)
    beside = f"; {unknown} cases say nothing of what is expected" if unknown else ""
    if len(other) <= plan.allow:
        but = f", {len(other)} differ and {plan.allow} may" if other else ""
        text = f"{len(told) - len(other)} of {len(told)} outputs are as expected{but}{beside}"
        return Check(name="golden", state=State.PASSED, text=text)
    shown = "; ".join(
        f"{plain(case.stored.id, _LONGEST)}: {_said(case.expected)} → {_said(got)}"
        for case, got in other[:_SHOWN]
    )
    allowed = f", {plan.allow} may" if plan.allow else ""
    return Check(
        name="golden",
        state=State.FAILED,
        text=f"{len(other)} of {len(told)} outputs differ{allowed}: {shown}{beside}",
        next="mend the version, or take over the outputs once a person has read them",
    )


def same(expected: Output, got: Output, *, absolute: float, relative: float) -> bool:
    """Return whether an output is what is expected: numbers within the larger of two tolerances.

    A score and a number are the same kind, and so are a label and a text: processes do not tell them apart.

    >>> from aright.core.model.replay import Output
    >>> same(Output(score=0.5), Output(number=0.5000001), absolute=1e-6, relative=0.0)
    True
    """
    if got.error or expected.error:
        return bool(got.error) and bool(expected.error)
    for kind in (_NUMBERS, _WORDS):
        wanted, is_there = _value(expected, kind), _value(got, kind)
        if wanted is None:
            continue
        if isinstance(wanted, float) and isinstance(is_there, float):
            return abs(wanted - is_there) <= max(absolute, relative * abs(wanted))
        return wanted == is_there
    return expected.items is not None and expected.items == got.items


def _value(output: Output, kind: Sequence[str]) -> float | str | None:
    value: float | str | None = next(
        (found for name in kind if (found := getattr(output, name)) is not None), None
    )
    return value


def _said(output: Output | None) -> str:
    if output is None or output.error:
        return plain(f"error {output.error if output else ''}", _LONGEST)
    for name in (*_WORDS, *_NUMBERS, "items"):
        value = getattr(output, name)
        if value is not None:
            return plain(f"{name} {value!r}", _LONGEST)
    return "nothing"

"""A broken contract as one alert: what moved, in words, the most telling first, and since when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.core.model.alert import Alert
from aright.core.model.probability import percent
from aright.core.model.times import clock_text
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract import Break, Contract
    from aright.core.model.contracts import ContractBreak, ContractState
    from aright.core.model.times import Micros

LONGEST: Final = 236
"""Characters of a text with the endpoint before it, so that it fits a title."""

CERTAIN: Final = 1e-9
"""Chance below which no break is surer than another: what is plainest to read goes first then."""

_SHORTEST: Final = 120
_CLAUSE: Final = re.compile(r"(?:, | and )(?=(?:has|have|is|its|went|the|lost|came|keeps|goes) )")
_GRADES: Final = ("breaking", "suspicious", "harmless")
_RELATION: Final = "relation"


def ordered(found: Sequence[Break]) -> list[Break]:
    """Return breaks, the most telling first: by grade, then by how surely they moved.

    Of those that moved for certain the ones nearest to the top of the document go first, and what ties one
    field to another last: a text that is cut short also changes what its parts are like. Then again by how
    surely, and by how far.

    >>> from aright.core.contract import Break
    >>> def at(path, p_value, kind="numbers"):
    ...     return Break(path=path, kind=kind, grade="breaking", before=0, now=1, effect=1, p_value=p_value,
    ...                  sentence="")
    >>> told = [at("parts[].start", 1e-300), at("sum", 0.0, "relation"), at("text", 1e-20), at("mood", 1e-4)]
    >>> [each.path for each in ordered(told)]
    ['text', 'parts[].start', 'sum', 'mood']
    """
    return sorted(
        found,
        key=lambda each: (
            _GRADES.index(each.grade),
            max(each.p_value, CERTAIN),
            each.kind == _RELATION,
            each.path.count(".") + each.path.count("[]"),
            each.p_value,
            -abs(each.effect),
            each.path,
        ),
    )


def text_of(found: Sequence[Break], since: Micros, longest: int = LONGEST) -> str:
    """Return what moved in one text, ``since`` at its end.

    Where not all of it fits, of all but the first what says most is told, and what is left is counted.

    >>> from aright.core.contract import Break
    >>> def at(path, text):
    ...     return Break(path=path, kind="numbers", grade="breaking", before=0, now=1, effect=1, p_value=0,
    ...                  sentence=f"`{path}` {text}")
    >>> text_of([at("price", "went from 2 decimals to 0"), at("tax", "rose")], 50_520_000_000)
    '`price` went from 2 decimals to 0; `tax` rose since 14:02'
    """
    end = f" since {clock_text(since)[:5]}"
    best = ordered(found)
    whole = "; ".join(each.sentence for each in best) + end
    if len(whole) <= longest:
        return whole
    told = best[0].sentence
    for number, each in enumerate(best[1:], 1):
        rest = len(best) - number
        longer = f"{told}; {_in_short(each)}"
        more = f"; {rest - 1} more" if rest > 1 else ""
        if len(longer) + len(more) + len(end) > longest:
            told = told if len(told) + 10 + len(end) <= longest else told[: longest - len(end) - 11] + "…"
            return f"{told}; {rest} more{end}"
        told = longer
    return told + end if len(told) + len(end) <= longest else f"{told[: longest - len(end) - 1]}…{end}"


def _in_short(found: Break) -> str:
    """Return the part of a sentence that shows a value, or its first.

    >>> from aright.core.contract import Break
    >>> said = "`lang` has texts all in small letters, has new values, such as `en-US` and is longer"
    >>> _in_short(Break(path="lang", kind="format", grade="suspicious", before=0, now=1, effect=1, p_value=0,
    ...     sentence=said))
    '`lang` has new values, such as `en-US`'
    """
    clauses = _CLAUSE.split(found.sentence)
    path, _, _ = clauses[0].partition("` ")
    for clause in clauses[1:]:
        if "such as" in clause and clauses[0].startswith("`"):
            return f"{path}` {clause}"
    return clauses[0]


def room_for(state: ContractState) -> int:
    """Return how long a text may be with the endpoint's name before it."""
    return max(LONGEST - len(str(state.endpoint)) - 2, _SHORTEST)


def alert_of(
    state: ContractState,
    broken: ContractBreak,
    contract: Contract,
    *,
    documents: int,
    log_e: float,
    threshold: float,
) -> Alert:
    """Return the alert of a break.

    Args:
        state: whose contract.
        broken: what broke.
        contract: what was promised.
        documents: looked at since.
        log_e: evidence (nats).
        threshold: evidence needed.
    """
    share = min(max(broken.share, 0.0), 1.0)
    interval = wilson(documents, share * documents)
    usual = state.misfits / state.checked if state.checked else 0.0
    return Alert(
        key=f"{state.service}/contract/{state.endpoint}",
        service=state.service,
        signal=state.endpoint.signal,
        harm=broken.grade == "breaking",
        at=broken.at,
        since=broken.since,
        before=min(usual, share),
        now=share,
        low=interval.low,
        high=interval.high,
        units=float(documents),
        log_e=log_e,
        threshold=threshold,
        rule=_rule(state, broken, contract, log_e, threshold),
        text=f"{state.endpoint}: {broken.text}",
    )


def _rule(
    state: ContractState, broken: ContractBreak, contract: Contract, log_e: float, threshold: float
) -> str:
    learnt = (
        f"learnt from {contract.windows} windows ({contract.documents:,} documents)"
        if contract.windows
        else "from a schema"
    )
    paths = "1 path" if len(broken.paths) == 1 else f"{len(broken.paths)} paths"
    return (
        f"contract of {state.endpoint}, {learnt}: {broken.grade}, {paths}, "
        f"{percent(broken.share)} of documents; log evidence {log_e:.1f}, {threshold:.1f} needed "
        "(Holm in each window, Bonferroni over windows and endpoints)"
    )


def news_of(
    state: ContractState, found: Sequence[Break], *, now: Micros, since: Micros, documents: int
) -> Alert:
    """Return the notice of harmless news, such as a new field."""
    best = ordered(found)
    share = min(max(best[0].now, 0.0), 1.0)
    return Alert(
        key=f"{state.service}/contract/{state.endpoint}/news",
        service=state.service,
        signal=state.endpoint.signal,
        harm=False,
        at=now,
        since=since,
        before=0.0,
        now=share,
        low=share,
        high=share,
        units=float(documents),
        log_e=0.0,
        threshold=0.0,
        rule=f"contract of {state.endpoint}: harmless, told once, never an alarm",
        text=f"{state.endpoint}: {text_of(best, since, room_for(state))} (harmless)",
    )


def holds_again(state: ContractState, over: ContractBreak, *, now: Micros, since: Micros) -> Alert:
    """Return the notice that a contract holds again."""
    return Alert(
        key=f"{state.service}/contract/{state.endpoint}/holds",
        service=state.service,
        signal=state.endpoint.signal,
        harm=False,
        at=now,
        since=since,
        before=min(over.share, 1.0),
        now=0.0,
        low=0.0,
        high=0.0,
        units=0.0,
        log_e=0.0,
        threshold=0.0,
        rule=f"contract of {state.endpoint}: told once it has held for two windows",
        text=f"{state.endpoint}: as before again since {clock_text(since)[:5]}; it broke at "
        f"{clock_text(over.since)[:5]}",
    )

"""Judging an endpoint's windows: what is told, what is learnt from, and when a break is over."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from aright.core.contract import Break, check, merge_summaries
from aright.core.detect.contract_alerts import alert_of, news_of, ordered, room_for, text_of
from aright.core.detect.contract_evidence import (
    ALPHA,
    DOUBTFUL,
    FEW_WINDOWS,
    is_certain,
    is_over,
    is_telling,
    jumped,
    knows_the_day,
    share_of,
    weigh,
)
from aright.core.detect.contract_judged import Judged
from aright.core.model.contracts import ContractBreak
from aright.core.model.times import DAY
from aright.core.stats.beta_binomial import beta_binomial_sf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract import Contract, Summary
    from aright.core.detect.contract_judged import Budget, Window
    from aright.core.model.contracts import ContractState, Suspicion
    from aright.core.model.times import Micros

_MOST_TOLD: Final = 100
_LONGEST: Final = 500
"""Characters of what is said of all that broke."""

_PRECISION: Final = 10_000.0
_WAITING: Final = 2
_CLEARLY: Final = 2.0
_OFTEN: Final = 0.01


def judge(
    state: ContractState,
    contract: Contract | None,
    window: Window,
    budget: Budget,
    *,
    now: Micros,
    quiet: bool,
) -> Judged:
    """Judge one window of an endpoint against its contract.

    Args:
        state: before it.
        contract: ``None`` while there is too little history for one.
        window: the window.
        budget: how often it may be wrong.
        now: the time that alerts are given (µs, UTC).
        quiet: an incident of the service is open: nothing is learnt.
    """
    if contract is None:
        return Judged(state=state, use="drop" if quiet else "learn")
    whole = merge_summaries(window.pieces)
    found = check(contract, whole, alpha=ALPHA)
    telling = [
        each for each in found if is_telling(each, contract, at_once=_came_at_once(each, state, window))
    ]
    if not telling and state.broken is None:
        telling += _misfits(state, contract, window)
    span = max(window.end - window.start, 1)
    suspicions = _weighed(state, contract, telling, window, budget, span)
    proven = [each for each in telling if suspicions[each.path].log_e >= budget.needed(each.grade, span)]
    state = msgspec.structs.replace(state, suspicions=suspicions)
    if state.broken is not None:
        return _while_broken(state, contract, window, telling, proven, budget, now=now)
    if proven:
        return _breaks(state, contract, window, telling, proven, budget, now=now)
    if telling or _may_be_beginning(state, contract, found):
        return Judged(state=state, use="aside")
    return _holds(state, contract, window, found, whole.documents, now=now, quiet=quiet)


def _came_at_once(found: Break, state: ContractState, window: Window) -> bool | None:
    """Return whether a path is at once other than before, or has been suspected; ``None`` if not known."""
    broken = state.broken
    if broken is not None and found.path in broken.paths:
        return _mark(found) in broken.moved
    if found.path in state.suspicions:
        return True
    if window.before is None:
        return None
    return jumped(found.path, window.before, merge_summaries(window.pieces))


def _may_be_beginning(state: ContractState, contract: Contract, found: Sequence[Break]) -> bool:
    """Return whether a window is not to be learnt from yet: it differs, and the hour may not be why.

    Three such windows in a row are learnt from together.
    """
    differs = any(each.grade != "harmless" for each in found)
    return differs and not knows_the_day(contract) and len(state.aside) < _WAITING


def _weighed(
    state: ContractState,
    contract: Contract,
    telling: Sequence[Break],
    window: Window,
    budget: Budget,
    span: Micros,
) -> dict[str, Suspicion]:
    after = weigh(
        state.suspicions,
        telling,
        start=window.start,
        most=budget.needed("breaking", span),
        declared=not contract.windows,
    )
    for path, suspicion in after.items():
        if suspicion.windows == 1:
            since = _onset(contract, window.pieces, path)
            after[path] = msgspec.structs.replace(suspicion, since=since)
    return after


def _onset(contract: Contract, pieces: Sequence[Summary], path: str) -> Micros:
    """Return the start of the first piece up to whose end a path breaks, by halving."""
    low, high = 0, len(pieces) - 1
    while low < high:
        middle = (low + high) // 2
        found = check(contract, merge_summaries(pieces[: middle + 1]), alpha=10 * ALPHA)
        if any(each.path == path and each.grade != "harmless" for each in found):
            high = middle
        else:
            low = middle + 1
    return pieces[low].start


def _misfits(state: ContractState, contract: Contract, window: Window) -> list[Break]:
    """Return the break that documents beyond the sample show: too many that do not fit the structure."""
    usual = (state.misfits + 0.5) / (state.checked + contract.documents + 1)
    k, n = window.misfits, window.n
    if not k or k / n <= usual:
        return []
    precision = min(state.checked + contract.documents + 1.0, _PRECISION)
    p = beta_binomial_sf(k, n, usual, precision)
    if p > ALPHA:
        return []
    share = k / n
    return [
        Break(
            path="$",
            kind="structure",
            grade="breaking" if share >= _OFTEN else "suspicious",
            before=usual,
            now=share,
            effect=share - usual,
            p_value=p,
            sentence=f"{k:,} of {n:,} documents do not fit: {window.example}"[:300],
        )
    ]


def _breaks(
    state: ContractState,
    contract: Contract,
    window: Window,
    telling: Sequence[Break],
    proven: Sequence[Break],
    budget: Budget,
    *,
    now: Micros,
) -> Judged:
    """Tell of a break: once, with all that moved with it."""
    since = min(state.suspicions[each.path].since for each in proven)
    best = ordered(proven)[0]
    moved = _after(contract, window, since, telling)
    broken = ContractBreak(
        since=since,
        at=now,
        grade=best.grade,
        text=text_of(moved, since, room_for(state)),
        paths=tuple(sorted({each.path for each in (*telling, *moved)})),
        moved=tuple(sorted({_mark(each) for each in (*telling, *moved)})),
        share=share_of([each for each in moved if each.grade == best.grade] or moved),
    )
    alert = alert_of(
        state,
        broken,
        contract,
        documents=max(window.n, sum(piece.documents for piece in window.pieces)),
        log_e=max(state.suspicions[each.path].log_e for each in proven if each.grade == best.grade),
        threshold=budget.needed(best.grade, max(window.end - window.start, 1)),
    )
    return Judged(state=msgspec.structs.replace(state, broken=broken), use="aside", alerts=(alert,))


def _after(contract: Contract, window: Window, since: Micros, telling: Sequence[Break]) -> Sequence[Break]:
    """Return the breaks as the documents after the onset show them, undiluted by those before."""
    later = [piece for piece in window.pieces if piece.start >= since]
    if not later or len(later) == len(window.pieces):
        return telling
    found = [
        each
        for each in check(contract, merge_summaries(later), alpha=ALPHA)
        if is_telling(each, contract, at_once=True)
    ]
    return found if {each.path for each in telling} <= {each.path for each in found} else telling


def _while_broken(
    state: ContractState,
    contract: Contract,
    window: Window,
    telling: Sequence[Break],
    proven: Sequence[Break],
    budget: Budget,
    *,
    now: Micros,
) -> Judged:
    broken = state.broken
    if broken is None:
        raise ValueError("there is no break")
    if not telling and not _doubtful(state, contract, window, broken):
        documents = sum(piece.documents for piece in window.pieces)
        kept = msgspec.structs.replace(broken, held=broken.held + 1, kept=broken.kept + documents)
        if is_over(kept):
            over = msgspec.structs.replace(state, broken=None, suspicions={})
            return Judged(state=over, use="learn", aside="drop", closed=broken)
        return Judged(state=msgspec.structs.replace(state, broken=kept), use="drop")
    if broken.grade != "breaking" and any(each.grade == "breaking" for each in proven):
        worse = _breaks(state, contract, window, telling, proven, budget, now=now)
        since = min(broken.since, worse.state.broken.since if worse.state.broken else broken.since)
        grown = msgspec.structs.replace(worse.state.broken or broken, since=since)
        return Judged(
            state=msgspec.structs.replace(worse.state, broken=grown), use="aside", alerts=worse.alerts
        )
    more = [each for each in proven if each.path not in broken.paths]
    weak = [each for each in more if not _stands_out(each, window, budget)]
    paths = tuple(sorted({*broken.paths, *(each.path for each in weak)}))
    marks = tuple(sorted({*broken.moved, *(_mark(each) for each in weak)}))
    still = msgspec.structs.replace(broken, held=0, kept=0, paths=paths, moved=marks)
    more = [each for each in more if each not in weak]
    if more:
        return _breaks_further(state, still, contract, window, more, budget, now=now)
    return Judged(state=msgspec.structs.replace(state, broken=still), use="aside")


def _stands_out(found: Break, window: Window, budget: Budget) -> bool:
    """Return whether a path breaks so clearly that it would have been seen before, had it broken before.

    Others may be what the first break did, seen late because they moved little.
    """
    needs = budget.needed(found.grade, max(window.end - window.start, 1))
    return is_certain(found) or -math.log(max(found.p_value, 1e-300)) >= _CLEARLY * needs


def _breaks_further(
    state: ContractState,
    broken: ContractBreak,
    contract: Contract,
    window: Window,
    more: Sequence[Break],
    budget: Budget,
    *,
    now: Micros,
) -> Judged:
    """Tell of what breaks besides: it may have another cause, and must not hide behind what broke first."""
    told = _breaks(state, contract, window, more, more, budget, now=now)
    new = told.state.broken or broken
    grown = msgspec.structs.replace(
        broken,
        text=f"{new.text}; {broken.text}"[:_LONGEST],
        paths=tuple(sorted({*broken.paths, *new.paths})),
        moved=tuple(sorted({*broken.moved, *new.moved})),
        share=max(broken.share, new.share),
    )
    return Judged(state=msgspec.structs.replace(told.state, broken=grown), use="aside", alerts=told.alerts)


def _doubtful(state: ContractState, contract: Contract, window: Window, broken: ContractBreak) -> bool:
    """Return whether a window still speaks against what broke, if too softly to tell of it."""
    if _misfits(state, contract, window):
        return True
    found = check(contract, merge_summaries(window.pieces), alpha=DOUBTFUL)
    return any(_mark(each) in broken.moved for each in found)


def _mark(found: Break) -> str:
    return f"{found.kind} {found.path}"


def _holds(
    state: ContractState,
    contract: Contract,
    window: Window,
    found: Sequence[Break],
    documents: int,
    *,
    now: Micros,
    quiet: bool,
) -> Judged:
    """Learn from a window that keeps the contract, and tell of harmless news once a day at most."""
    state = msgspec.structs.replace(
        state, checked=state.checked + window.n, misfits=state.misfits + window.misfits
    )
    use: Literal["learn", "drop"] = "drop" if quiet else "learn"
    fresh = {each.path for each in found if each.grade == "harmless"} - {*state.fresh}
    if fresh:  # a window in which a field begins holds few of it, which would be taken for usual
        use = "drop"
        state = msgspec.structs.replace(state, fresh=(*state.fresh, *sorted(fresh))[-_MOST_TOLD:])
    news = [each for each in found if each.grade == "harmless" and each.path not in state.told]
    due = contract.windows >= FEW_WINDOWS and (not state.told_at or now - state.told_at >= DAY)
    if not news or not due:
        return Judged(state=state, use=use, aside="drop" if quiet else "learn")
    told = (*state.told, *(each.path for each in news))[-_MOST_TOLD:]
    alert = news_of(state, news, now=now, since=window.start, documents=documents)
    state = msgspec.structs.replace(state, told=told, told_at=now)
    return Judged(state=state, use=use, aside="drop" if quiet else "learn", alerts=(alert,))


def breaking_share(state: ContractState) -> float:
    """Return the share of documents that break because figures of whole windows do.

    None do while windows keep the contract again, though more of them are needed before the break is over.
    """
    return state.broken.share if state.broken is not None and not state.broken.held else 0.0


__all__ = ["breaking_share", "judge"]

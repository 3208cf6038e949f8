"""Contracts: payloads are gathered into windows, learnt from, and held against what was learnt."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.contract import TooLittleHistoryError, learn, merge_summaries
from aright.core.detect.contract_alerts import holds_again
from aright.core.detect.contract_evidence import knows_the_day
from aright.core.detect.contract_judged import Budget, Judged, Window
from aright.core.detect.contract_watch import breaking_share, judge
from aright.core.detect.contract_windows import LONGEST, MOST, chosen, is_due, is_ripe, superfluous
from aright.core.model.contracts import ContractState, KeptWindow, contract_key
from aright.core.model.frame import Kind
from aright.core.model.signal import SignalPoint
from aright.core.model.times import HOUR
from aright.core.observe.payloads import MOST_DOCUMENTS, Gathered, documents_of
from aright.engine.contract_store import (
    Piece,
    Watched,
    fetch,
    forget,
    forget_all,
    kept_of,
    load,
    summary_of,
    window_of,
)
from aright.engine.parts import Told

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.contract import Summary
    from aright.core.model.alert import Alert
    from aright.core.model.contracts import Endpoint
    from aright.core.model.service import Service
    from aright.core.model.times import Micros
    from aright.engine.settings import Settings
    from aright.ports.state import Transaction

_log = logging.getLogger(__name__)

MOST_ENDPOINTS: Final = 64
"""Endpoints of one service that have a contract; those with the most documents."""

MOST_BYTES: Final = 64 << 20
"""What one service's contracts and windows may take at rest."""

_WAITING_BYTES: Final = 32 << 20
_PIECES: Final = 16
_ASIDE: Final = 48
_SILENCE: Final = HOUR
_OTHERS: Final = 512
_FADE: Final = 0.998
_TWICE: Final = 2.0
_FEWEST_KEPT: Final = 8
_EARLY_MISFITS: Final = 5
_EARLY_DOCUMENTS: Final = 20
_IN_HARM: Final = 100
"""Documents that are judged at once while users are hurt: a diagnosis waits for what they say."""


class ContractsPart:
    """One service's payloads."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service.key
        self._settings = settings
        self._watched: dict[str, Watched] = {}
        self._open: dict[Micros, dict[Endpoint, Gathered]] = {}
        self._others: dict[Endpoint, float] = {}
        self._closed_to: Micros = 0
        self._late = 0

    @property
    def kinds(self) -> frozenset[Kind]:
        """Return payloads alone."""
        return frozenset({Kind.PAYLOADS})

    @property
    def watched(self) -> dict[str, Watched]:
        """Return the endpoints under watch, by the contract's key."""
        return self._watched

    @property
    def size(self) -> int:
        """Return the bytes that are kept at rest."""
        return sum(watched.size for watched in self._watched.values())

    def resume(self, tx: Transaction, closed_to: Micros) -> None:
        """Go on from what was put into the state; documents of open windows stay."""
        self._watched = load(tx, self._service, 10 * MOST_ENDPOINTS)
        self._closed_to = max(self._closed_to, closed_to)

    def take(self, kind: Kind, rows: pa.Table) -> None:  # noqa: ARG002 - the port's signature
        """Gather documents, and check the structure of each."""
        width = self._settings.width
        for endpoint, at, body in documents_of(rows):
            start = at // width * width
            if start < self._closed_to:
                self._late += 1
                continue
            gathered = self._gathered(start, endpoint)
            if gathered is None:
                continue
            gathered.add(at, body, most=MOST_DOCUMENTS)
            watched = self._watched.get(contract_key(self._service, endpoint))
            complaint = watched.complaint(body) if watched is not None else ""
            if complaint:
                gathered.misfits += 1
                gathered.example = gathered.example or complaint
        self._make_room()

    def has_open(self) -> bool:
        """Return whether documents wait for a window to close."""
        return bool(self._open)

    def close(self, tx: Transaction, start: Micros, *, now: Micros, quiet: bool) -> Told:
        """Close a window; judge the endpoints whose own windows are over with it."""
        end = start + self._settings.width
        self._closed_to = max(self._closed_to, end)
        points: list[SignalPoint] = []
        for at in sorted(at for at in self._open if at <= start):
            for endpoint, gathered in sorted(self._open.pop(at).items()):
                self._add(tx, endpoint, gathered)
                points += self._points(endpoint, gathered)
        alerts: list[Alert] = []
        for key in sorted(self._watched):
            alerts += self._close_one(tx, self._watched[key], end, now=now, quiet=quiet)
        if not quiet:
            self._learn_one(tx, now)
        self._choose(tx)
        late, self._late = self._late, 0
        return Told(points=tuple(points), alerts=tuple(alerts), late=late)

    def _gathered(self, start: Micros, endpoint: Endpoint) -> Gathered | None:
        """Return where a document goes; ``None`` for an endpoint beyond those that are watched."""
        window = self._open.setdefault(start, {})
        found = window.get(endpoint)
        if found is None:
            known = contract_key(self._service, endpoint) in self._watched
            if not known and len(self._watched) >= MOST_ENDPOINTS:
                self._others[endpoint] = self._others.get(endpoint, 0.0) + 1.0
                if len(self._others) > _OTHERS:
                    ranked = sorted(self._others.items(), key=lambda each: (-each[1], each[0]))
                    self._others = dict(ranked[: _OTHERS // 2])
                return None
            if not known:
                state = ContractState(
                    key=contract_key(self._service, endpoint), service=self._service, endpoint=endpoint
                )
                self._watched[state.key] = Watched(state)
            found = window[endpoint] = Gathered(start)
        return found

    def _make_room(self) -> None:
        """Turn samples into counts where they would take too much room."""
        waiting = [gathered for window in self._open.values() for gathered in window.values()]
        if sum(gathered.size for gathered in waiting) > _WAITING_BYTES:
            for gathered in waiting:
                gathered.fold()

    def _points(self, endpoint: Endpoint, gathered: Gathered) -> list[SignalPoint]:
        """Return how many documents came and how many broke the contract, where there is one."""
        watched = self._watched.get(contract_key(self._service, endpoint))
        if watched is None or watched.contract is None:
            return []
        broken = max(float(gathered.misfits), breaking_share(watched.state) * gathered.n)
        return [
            SignalPoint(
                service=self._service,
                name=endpoint.signal,
                start=gathered.start,
                width=self._settings.width,
                n=float(gathered.n),
                total=min(broken, float(gathered.n)),
            )
        ]

    def _add(self, tx: Transaction, endpoint: Endpoint, gathered: Gathered) -> None:
        """Add a window of the engine to the one that is being gathered."""
        watched = self._watched.get(contract_key(self._service, endpoint))
        if watched is None:
            return
        watched.weight += gathered.n
        if watched.state.opened and gathered.start - watched.state.last > _SILENCE:
            _let_go(tx, watched)
        summary = gathered.summary()
        state = watched.state
        watched.pieces.append(Piece(summary, gathered.n, gathered.misfits, gathered.example))
        window = window_of(state, watched.pieces[-1:], summary)
        tx.put(window)
        watched.state = msgspec.structs.replace(
            state,
            opened=state.opened or gathered.start,
            gathered=state.gathered + summary.documents,
            pieces=(*state.pieces, KeptWindow(window.start, len(window.body))),
            last=gathered.start,
        )
        if len(watched.pieces) > _PIECES:
            _join_pieces(tx, watched)
        tx.put(watched.state)

    def _close_one(
        self, tx: Transaction, watched: Watched, end: Micros, *, now: Micros, quiet: bool
    ) -> tuple[Alert, ...]:
        state = watched.state
        if not state.opened or state.last + self._settings.width < end:
            return ()  # nothing came in the window that is being closed
        misfits = sum(piece.misfits for piece in watched.pieces)
        broken = misfits >= _EARLY_MISFITS and state.gathered >= _EARLY_DOCUMENTS
        early = (broken or (quiet and state.gathered >= _IN_HARM)) and state.broken is None
        if not early and not is_ripe(end - state.opened, state.gathered):
            if end - state.opened > LONGEST:
                _let_go(tx, watched)
                tx.put(watched.state)
            return ()
        try:
            return self._judge(tx, watched, end, now=now, quiet=quiet)
        except Exception:  # noqa: BLE001 - what a document does to one contract must not end the watch of all
            _log.exception("%s could not be judged: its window is let go", state.key)
            _let_go(tx, watched)
            tx.put(watched.state)
            return ()

    def _judge(
        self, tx: Transaction, watched: Watched, end: Micros, *, now: Micros, quiet: bool
    ) -> tuple[Alert, ...]:
        pieces = watched.pieces
        window = Window(
            pieces=[piece.summary for piece in pieces],
            end=end,
            n=sum(piece.n for piece in pieces),
            misfits=sum(piece.misfits for piece in pieces),
            example=next((piece.example for piece in pieces if piece.example), ""),
            before=_before(tx, watched),
        )
        budget = Budget(
            false_pages=self._settings.false_pages,
            false_notices=self._settings.false_notices,
            endpoints=len(self._watched),
        )
        judged = judge(watched.state, watched.contract, window, budget, now=now, quiet=quiet)
        watched.state = judged.state
        _keep(tx, watched, judged, now, self._room())
        tx.put(watched.state)
        if judged.closed is not None:
            return (*judged.alerts, holds_again(watched.state, judged.closed, now=now, since=window.start))
        return judged.alerts

    def _room(self) -> int:
        """Return how many windows an endpoint may keep: fewer where the service's take too much."""
        size = self.size
        if size <= MOST_BYTES:
            return MOST
        most = max(len(watched.state.windows) for watched in self._watched.values())
        return max(most * MOST_BYTES // size, _FEWEST_KEPT)

    def _learn_one(self, tx: Transaction, now: Micros) -> None:
        """Learn the contract anew whose turn it is: one at a time, since it takes a while."""
        due = [
            watched
            for watched in self._watched.values()
            if watched.state.broken is None
            and is_due(
                len(watched.state.windows),
                latest=watched.state.windows[-1].start if watched.state.windows else 0,
                learnt=watched.state.learnt,
                learnt_at=watched.state.learnt_at,
                now=now,
            )
        ]
        if not due:
            return
        watched = min(due, key=lambda each: (each.state.learnt_at, each.state.key))
        try:
            relearn(tx, watched, now)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("the contract %s could not be learnt: the one before stays", watched.state.key)

    def _choose(self, tx: Transaction) -> None:
        """Make room for an endpoint that is asked twice as often as the least of those that are watched."""
        for watched in self._watched.values():
            watched.weight *= _FADE
        self._others = {endpoint: count * _FADE for endpoint, count in self._others.items()}
        if not self._others:
            return
        free = [watched for watched in self._watched.values() if watched.state.broken is None]
        least = min(free, key=lambda each: (each.weight, each.state.key), default=None)
        most = max(self._others, key=lambda endpoint: (self._others[endpoint], endpoint))
        if least is not None and self._others[most] > _TWICE * max(least.weight, 1.0):
            forget_all(tx, least.state)
            del self._watched[least.state.key], self._others[most]
            state = ContractState(key=contract_key(self._service, most), service=self._service, endpoint=most)
            self._watched[state.key] = Watched(state)


def relearn(tx: Transaction, watched: Watched, now: Micros) -> None:
    """Learn an endpoint's contract from all windows that are kept for it."""
    state = watched.state
    watched.state = msgspec.structs.replace(
        state, learnt=len(state.windows), learnt_at=now, checked=0, misfits=0, told=()
    )
    tx.put(watched.state)
    windows = fetch(tx, state, state.windows)
    paths = len(summary_of(windows[-1]).paths) if windows else 0
    try:
        contract = learn([summary_of(windows[at]) for at in chosen(len(windows), paths=paths)])
    except TooLittleHistoryError:
        return
    before = watched.kept
    kept = kept_of(
        state,
        contract,
        at=now,
        source=before.source if before is not None else "accepted" if state.accepted_by else "learnt",
        by=before.by if before is not None else state.accepted_by,
        schema=before.schema if before is not None else b"",
    )
    watched.adopt(kept)
    tx.put(kept)


def _before(tx: Transaction, watched: Watched) -> Summary | None:
    """Return what came in the window before, as long as a contract does not know the hours."""
    state = watched.state
    kept = (*state.windows[-1:], *state.aside[-1:])
    if watched.contract is None or knows_the_day(watched.contract) or not kept:
        return None
    last = max(kept, key=lambda window: window.start)
    return next((summary_of(window) for window in fetch(tx, state, [last])), None)


def _let_go(tx: Transaction, watched: Watched) -> None:
    """Forget the window that is being gathered."""
    forget(tx, watched.state, watched.state.pieces)
    watched.pieces = []
    watched.state = msgspec.structs.replace(watched.state, opened=0, gathered=0, pieces=())


def _join_pieces(tx: Transaction, watched: Watched) -> None:
    """Lay neighbouring pieces together, two and two."""
    forget(tx, watched.state, watched.state.pieces)
    joined: list[Piece] = []
    kept: list[KeptWindow] = []
    for at in range(0, len(watched.pieces), 2):
        pair = watched.pieces[at : at + 2]
        summary = merge_summaries([piece.summary for piece in pair])
        window = window_of(watched.state, pair, summary)
        tx.put(window)
        joined.append(Piece(summary, window.n, window.misfits, window.example))
        kept.append(KeptWindow(window.start, len(window.body)))
    watched.pieces = joined
    watched.state = msgspec.structs.replace(watched.state, pieces=tuple(kept))


def _keep(tx: Transaction, watched: Watched, judged: Judged, now: Micros, most: int) -> None:
    """Keep a window, and those put aside before, as was judged."""
    pieces = watched.pieces
    whole = merge_summaries([piece.summary for piece in pieces])
    _let_go(tx, watched)
    state = watched.state
    windows, aside = list(state.windows), list(state.aside)
    if judged.aside == "learn":
        windows, aside = [*windows, *aside], []
    elif judged.aside == "drop":
        forget(tx, state, aside)
        aside = []
    if judged.use != "drop":
        window = window_of(state, pieces, whole)
        tx.put(window)
        (windows if judged.use == "learn" else aside).append(KeptWindow(window.start, len(window.body)))
    watched.state = msgspec.structs.replace(
        state, windows=_thinned(tx, state, windows, now, most), aside=_thinned(tx, state, aside, now, _ASIDE)
    )


def _thinned(
    tx: Transaction, state: ContractState, windows: list[KeptWindow], now: Micros, most: int
) -> tuple[KeptWindow, ...]:
    windows.sort(key=lambda window: window.start)
    gone = set(superfluous([window.start for window in windows], now, most))
    forget(tx, state, [window for window in windows if window.start in gone])
    return tuple(window for window in windows if window.start not in gone)

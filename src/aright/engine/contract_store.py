"""Contracts at rest: what an endpoint's watch keeps in the state, so that a restart goes on from there."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.contract import Contract, Structure, Summary, from_json_schema, to_json_schema
from aright.core.contract import contract as contract_codec
from aright.core.contract import summary as summary_codec
from aright.core.model.contracts import (
    ContractKept,
    ContractState,
    ContractWindow,
    KeptWindow,
    window_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.contracts import Source
    from aright.core.model.times import Micros
    from aright.ports.state import Transaction

_LEVEL: Final = 5


@dataclass
class Piece:
    """A piece of the window that is being gathered.

    Attributes:
        summary: what its documents came to.
        n: documents whose structure was checked.
        misfits: of these, those that did not fit.
        example: what was wrong with the first of them.
    """

    summary: Summary
    n: int = 0
    misfits: int = 0
    example: str = ""


@dataclass
class Watched:
    """One endpoint as it is watched.

    Attributes:
        state: where it stands.
        kept: its contract at rest; ``None`` before there is one.
        contract: the same, to judge by.
        structure: its structure, to check every document by.
        pieces: of the window that is being gathered, by time.
        weight: documents lately, by which endpoints are chosen.
    """

    state: ContractState
    kept: ContractKept | None = None
    contract: Contract | None = None
    structure: Structure | None = None
    pieces: list[Piece] = field(default_factory=list)
    weight: float = 0.0

    @property
    def size(self) -> int:
        """Return the bytes that it keeps at rest."""
        windows = (*self.state.windows, *self.state.aside, *self.state.pieces)
        return sum(window.size for window in windows) + (len(self.kept.body) if self.kept else 0)

    def adopt(self, kept: ContractKept) -> None:
        """Judge by a contract from now on."""
        self.kept = kept
        self.contract = contract_of(kept)
        schema = msgspec.json.decode(kept.schema) if kept.schema else to_json_schema(self.contract)
        self.structure = Structure(schema)

    def renounce(self) -> None:
        """Judge by no contract until one is learnt."""
        self.kept = self.contract = self.structure = None

    def complaint(self, body: bytes) -> str:
        """Return what is wrong with a document's structure; nothing where it fits, or none is known."""
        if self.structure is None:
            return ""
        document = msgspec.json.decode(body)
        if self.structure.accepts(document):
            return ""
        found = self.structure.misfits(document)
        return f"`{found[0].path}` {found[0].problem}" if found else "the document does not fit"


def contract_of(kept: ContractKept) -> Contract:
    """Return a contract; what a schema declares goes with what was learnt."""
    learnt = contract_codec.decode(zlib.decompress(kept.body)) if kept.body else Contract()
    if not kept.schema:
        return learnt
    return msgspec.structs.replace(
        learnt, declared=from_json_schema(msgspec.json.decode(kept.schema)).declared
    )


def kept_of(
    state: ContractState, contract: Contract, *, at: Micros, source: Source, by: str = "", schema: bytes = b""
) -> ContractKept:
    """Return a contract as it is kept."""
    learnt = msgspec.structs.replace(contract, declared={}) if schema else contract
    return ContractKept(
        key=state.key,
        service=state.service,
        at=at,
        source=source,
        windows=contract.windows,
        documents=contract.documents,
        body=zlib.compress(contract_codec.encode(learnt), _LEVEL),
        by=by,
        schema=schema,
    )


def window_of(state: ContractState, pieces: Sequence[Piece], summary: Summary) -> ContractWindow:
    """Return a window, or a piece of one, as it is kept."""
    return ContractWindow(
        key=window_key(state.key, summary.start),
        service=state.service,
        tag=state.key,
        start=summary.start,
        documents=summary.documents,
        n=sum(piece.n for piece in pieces),
        misfits=sum(piece.misfits for piece in pieces),
        example=next((piece.example for piece in pieces if piece.example), ""),
        body=zlib.compress(summary_codec.encode(summary), _LEVEL),
    )


def piece_of(window: ContractWindow) -> Piece:
    """Return a piece as it was."""
    return Piece(summary_of(window), window.n, window.misfits, window.example)


def summary_of(window: ContractWindow) -> Summary:
    """Return what a window's documents came to."""
    return summary_codec.decode(zlib.decompress(window.body))


def load(tx: Transaction, service: str, limit: int) -> dict[str, Watched]:
    """Return a service's endpoints as they stand, by key."""
    found = {}
    for state in tx.list(ContractState, service=service, limit=limit):
        watched = Watched(state)
        kept = tx.get(ContractKept, state.key)
        if kept is not None:
            watched.adopt(kept)
        watched.pieces = [piece_of(window) for window in fetch(tx, state, state.pieces)]
        found[state.key] = watched
    return found


def fetch(tx: Transaction, state: ContractState, windows: Iterable[KeptWindow]) -> list[ContractWindow]:
    """Return windows with what they hold, by time."""
    found = tx.get_all(ContractWindow, [window_key(state.key, window.start) for window in windows])
    return sorted(found.values(), key=lambda window: window.start)


def forget(tx: Transaction, state: ContractState, windows: Iterable[KeptWindow]) -> None:
    """Delete windows."""
    for window in windows:
        tx.delete(ContractWindow, window_key(state.key, window.start))


def forget_all(tx: Transaction, state: ContractState) -> None:
    """Delete all that is kept of an endpoint."""
    forget(tx, state, (*state.windows, *state.aside, *state.pieces))
    tx.delete(ContractKept, state.key)
    tx.delete(ContractState, state.key)

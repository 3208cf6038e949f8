"""Contracts of dependencies' endpoints as they are kept: what was learnt, from what, and what broke."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from aright.core.model.times import Micros

Source: TypeAlias = Literal["learnt", "accepted", "imported"]
"""Where a contract comes from: history, a user's word that the change is right, or a schema."""

SIGNAL: Final = "contract:"
"""How the series of documents that break a contract begins."""


class Endpoint(msgspec.Struct, frozen=True, order=True):
    """What is asked of a dependency, and which way the documents go.

    Attributes:
        dependency: who is asked.
        name: method and path, such as ``GET /v1/rates``.
        direction: ``response`` or ``request``.
    """

    dependency: str
    name: str
    direction: str = "response"

    def __str__(self) -> str:
        way = "" if self.direction == "response" else f" {self.direction}"
        return f"{self.dependency} {self.name}{way}"

    @property
    def signal(self) -> str:
        """Return the name of the series that counts its documents and those that break the contract.

        >>> Endpoint("rates", "GET /v1/rates").signal, Endpoint("rates", "POST /v1/orders", "request").signal
        ('contract:rates GET /v1/rates', 'contract:rates POST /v1/orders request')
        """
        return f"{SIGNAL}{self}"


def contract_key(service: str, endpoint: Endpoint) -> str:
    """Return what names an endpoint's contract for good.

    >>> contract_key("shop", Endpoint("rates", "GET /v1/rates"))
    'shop/rates GET /v1/rates'
    """
    return f"{service}/{endpoint}"


class ContractBreak(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that does not hold.

    Attributes:
        since: when the first document came that broke it, to the window (µs, UTC).
        at: when it was told (µs, UTC).
        grade: ``breaking`` or ``suspicious``.
        text: what moved, in words, the most telling first.
        paths: where.
        moved: what moved most there, as kind and path, such as ``null price``.
        share: of documents that break it.
        held: windows in a row that kept the contract since.
        kept: documents in them; it is over after enough of both.
    """

    since: Micros
    at: Micros
    grade: str
    text: str
    paths: tuple[str, ...]
    share: float
    held: int = 0
    kept: int = 0
    moved: tuple[str, ...] = ()


class Suspicion(msgspec.Struct, frozen=True):
    """What windows in a row say against a path.

    Attributes:
        log_e: evidence so far: the sum of -ln p (nats), each window's bounded.
        since: the start of the first of them (µs, UTC).
        windows: how many.
    """

    log_e: float
    since: Micros
    windows: int


class KeptWindow(msgspec.Struct, frozen=True, array_like=True):
    """A window that is kept, without what it holds.

    Attributes:
        start: of the window (µs, UTC).
        size: bytes at rest.
    """

    start: Micros
    size: int


class ContractState(msgspec.Struct, frozen=True, kw_only=True):
    """Where an endpoint stands.

    Attributes:
        key: see ``contract_key``.
        service: who asks.
        endpoint: what.
        opened: start of the window that is being gathered (µs, UTC); 0 where none is.
        gathered: documents sampled in it.
        pieces: what it has been gathered in.
        last: when a document last came, to the window (µs, UTC).
        windows: those that a contract is learnt from, by time.
        aside: those of which that is not known yet, or that broke it, by time.
        learnt: how many windows there were when the contract was last learnt; 0 before.
        learnt_at: when that was (µs, UTC).
        suspicions: by path, what recent windows say.
        broken: what does not hold now.
        told: harmless news told already, by path.
        told_at: when that was last (µs, UTC).
        fresh: paths that have come up new; the window in which one begins is not learnt from.
        accepted_by: who said that what broke is right from now on; empty where nobody did.
        checked: documents whose structure was looked at since the contract was learnt.
        misfits: of these, those that did not fit while no break was open.
    """

    key: str
    service: str
    endpoint: Endpoint
    opened: Micros = 0
    gathered: int = 0
    pieces: tuple[KeptWindow, ...] = ()
    last: Micros = 0
    windows: tuple[KeptWindow, ...] = ()
    aside: tuple[KeptWindow, ...] = ()
    learnt: int = 0
    learnt_at: Micros = 0
    suspicions: dict[str, Suspicion] = {}
    broken: ContractBreak | None = None
    told: tuple[str, ...] = ()
    told_at: Micros = 0
    fresh: tuple[str, ...] = ()
    accepted_by: str = ""
    checked: int = 0
    misfits: int = 0


class ContractKept(msgspec.Struct, frozen=True, kw_only=True):
    """A contract at rest.

    Attributes:
        key: see ``contract_key``.
        service: whose.
        at: when it was made (µs, UTC).
        source: where from.
        by: who accepted or imported it.
        windows: from how many.
        documents: in them.
        body: the contract as compressed JSON (``core.contract.contract``).
        schema: a schema that was imported, as JSON; empty for one that follows from the contract.
    """

    key: str
    service: str
    at: Micros
    source: Source
    windows: int
    documents: int
    body: bytes
    by: str = ""
    schema: bytes = b""


class ContractWindow(msgspec.Struct, frozen=True, kw_only=True):
    """What the documents of one window came to, or of a piece of it while it is being gathered.

    Attributes:
        key: see ``window_key``.
        service: whose.
        tag: the key of the contract.
        start: of the window (µs, UTC).
        documents: sampled in it.
        n: documents whose structure was checked.
        misfits: of these, those that did not fit.
        example: what was wrong with the first of them.
        body: the summary as compressed JSON (``core.contract.summary``).
    """

    key: str
    service: str
    tag: str
    start: Micros
    documents: int
    n: int
    misfits: int
    example: str
    body: bytes


def window_key(contract: str, start: Micros) -> str:
    """Return what names a window of a contract.

    >>> window_key("shop/rates GET /v1/rates", 30_000_000)
    'shop/rates GET /v1/rates@30000000'
    """
    return f"{contract}@{start}"

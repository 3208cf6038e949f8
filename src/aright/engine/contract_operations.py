"""What people and programs may ask about contracts: a part of ``Operations``."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, TypeAlias

import msgspec

from aright.core.model.contracts import ContractBreak, Source
from aright.core.model.times import Micros

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Standing: TypeAlias = Literal["gathering", "holds", "suspected", "broken"]
"""``gathering``: too little history yet; ``suspected``: one window broke it, which is too little to tell."""


AnyJson: TypeAlias = Annotated[object, msgspec.Meta(extra_json_schema={"description": "Any JSON."})]


class ContractView(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint's contract.

    Attributes:
        id: short, for addresses and the command line.
        key: its whole name.
        service: who asks.
        dependency: who is asked.
        endpoint: method and path.
        direction: ``response`` or ``request``.
        standing: whether it holds.
        broken: what does not hold, in words, and since when.
        source: where it comes from; ``None`` before there is one.
        by: who accepted or imported it.
        learnt_at: when it was last learnt (µs, UTC); 0 before.
        windows: that it was learnt from.
        documents: in them.
        kept: windows kept for learning.
        gathered: documents in the window that is being gathered.
        last: when a document last came, to the window (µs, UTC).
        checked: documents whose structure was checked since it was learnt.
        misfits: of these, those that did not fit.
        bytes: kept of it at rest.
    """

    id: str
    key: str
    service: str
    dependency: str
    endpoint: str
    direction: str
    standing: Standing
    broken: ContractBreak | None
    source: Source | None
    by: str
    learnt_at: Micros
    windows: int
    documents: int
    kept: int
    gathered: int
    last: Micros
    checked: int
    misfits: int
    bytes: int


class PathView(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract says of one path.

    Attributes:
        path: such as ``items[].price``.
        words: what is known of it.
    """

    path: str
    words: str


class ContractDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A contract with all that it says.

    Attributes:
        contract: where it stands.
        paths: what is known of each path, by path.
    """

    contract: ContractView
    paths: tuple[PathView, ...]


class Imported(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schema that documents have to keep.

    Attributes:
        document: JSON Schema, or a whole OpenAPI 3 document.
        path: of OpenAPI's operation, as the document writes it; empty for JSON Schema.
        method: of the operation.
        status: of the response.
        by: who says so.
    """

    document: dict[str, AnyJson]
    path: str = ""
    method: str = "get"
    status: str = "200"
    by: str = ""


def contract_id(key: str) -> str:
    """Return a contract's short name.

    >>> contract_id("shop/rates GET /v1/rates")
    'c-6b6bccf022'
    """
    return f"c-{sha256(key.encode()).hexdigest()[:10]}"


class ContractOperations(Protocol):
    """Everything here may be called from any thread; ``key`` is a contract's id or its whole key."""

    def contracts(self, *, service: str | None = None) -> Sequence[ContractView]:
        """Return all contracts, by key."""
        ...

    def contract(self, key: str) -> ContractDetail:
        """Return one with what was learnt of each path; raises ``UnknownError``."""
        ...

    def schema(self, key: str) -> Mapping[str, object]:
        """Return its structure as JSON Schema; raises ``RefusedError`` before it has one, and as above."""
        ...

    def put_schema(self, key: str, wanted: Imported) -> ContractView:
        """Hold documents to a schema as well; raises ``RefusedError`` for what is none, and as above."""
        ...

    def accept(self, key: str, *, by: str) -> ContractView:
        """Take what comes now as the new contract; raises as above where it holds anyway."""
        ...

"""Contracts that stand where they are put."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.model.contracts import ContractBreak
from aright.core.model.times import MINUTE
from aright.engine.contract_operations import ContractDetail, ContractView, Imported, PathView
from aright.engine.operations import RefusedError, UnknownError
from tests.unit.web.example_times import ONSET as START

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HELD = ContractView(
    id="c-1",
    key="recommendations/rates GET /v1/rates",
    service="recommendations",
    dependency="rates",
    endpoint="GET /v1/rates",
    direction="response",
    standing="holds",
    broken=None,
    source="learnt",
    by="",
    learnt_at=START,
    windows=40,
    documents=20_000,
    kept=44,
    gathered=30,
    last=START,
    checked=5_000,
    misfits=2,
    bytes=40_000,
)
BROKEN = msgspec.structs.replace(
    HELD,
    id="c-2",
    key="recommendations/rates GET /v1/prices",
    endpoint="GET /v1/prices",
    standing="broken",
    broken=ContractBreak(
        since=START,
        at=START + MINUTE,
        grade="breaking",
        text="`price` went from 2 decimals to 0 since 14:02",
        paths=("price",),
        share=1.0,
    ),
)
FRESH = msgspec.structs.replace(
    HELD, id="c-3", key="other/rates GET /", service="other", standing="gathering", source=None, windows=0
)


class FakeContracts:
    """Contracts without payloads."""

    def __init__(self) -> None:
        self.kept: list[ContractView] = [HELD, BROKEN, FRESH]
        self.imported: list[Imported] = []

    def contracts(self, *, service: str | None = None) -> Sequence[ContractView]:
        return [each for each in self.kept if service in {None, each.service}]

    def contract(self, key: str) -> ContractDetail:
        for each in self.kept:
            if key in {each.id, each.key}:
                paths = (PathView(path="price", words="always there; number with 2 decimals"),)
                return ContractDetail(contract=each, paths=paths)
        raise UnknownError(f"there is no contract {key!r}", "`aright contract list` shows those there are.")

    def schema(self, key: str) -> Mapping[str, object]:
        if self.contract(key).contract.source is None:
            raise RefusedError("it has no contract yet", "Wait.")
        return {"type": "object", "properties": {"price": {"type": "number"}}}

    def put_schema(self, key: str, wanted: Imported) -> ContractView:
        self.imported.append(wanted)
        return msgspec.structs.replace(self.contract(key).contract, source="imported", by=wanted.by)

    def accept(self, key: str, *, by: str) -> ContractView:
        found = self.contract(key).contract
        if found.broken is None:
            raise RefusedError(f"the contract of {found.key} holds: there is nothing to accept")
        return msgspec.structs.replace(found, standing="gathering", broken=None, by=by)

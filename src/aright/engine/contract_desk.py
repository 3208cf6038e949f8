"""The desk's part that answers about contracts; see ``ContractOperations`` for what each method promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.contract import (
    Contract,
    Structure,
    UnreadableSchemaError,
    from_json_schema,
    openapi_to_json_schema,
    to_json_schema,
)
from aright.core.detect.contract_windows import FEWEST
from aright.core.detect.contract_words import describe
from aright.core.model.contracts import ContractKept
from aright.engine.contract_operations import ContractDetail, ContractView, PathView, contract_id
from aright.engine.contract_store import forget, kept_of
from aright.engine.contracts import ContractsPart, relearn
from aright.engine.operations import RefusedError, UnknownError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aright.engine.contract_operations import Imported, Standing
    from aright.engine.contract_store import Watched
    from aright.engine.runtime import Runtime

_LONGEST_NAME: Final = 80


class ContractDesk:
    """Asks the watches what was learnt of their payloads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._world = runtime.world

    def contracts(self, *, service: str | None = None) -> Sequence[ContractView]:
        """Return all contracts, by key."""
        with self._runtime.lock:
            views = [view_of(watched) for watched in self._all(service)]
        return sorted(views, key=lambda view: view.key)

    def contract(self, key: str) -> ContractDetail:
        """Return one with what was learnt of each path."""
        with self._runtime.lock:
            watched = self._one(key)
            contract = watched.contract or Contract()
            return ContractDetail(
                contract=view_of(watched),
                paths=tuple(PathView(path=path, words=words) for path, words in describe(contract)),
            )

    def schema(self, key: str) -> Mapping[str, object]:
        """Return its structure as JSON Schema."""
        with self._runtime.lock:
            watched = self._one(key)
            if watched.kept is not None and watched.kept.schema:
                schema: dict[str, object] = msgspec.json.decode(watched.kept.schema)
                return schema
            if watched.contract is None:
                raise RefusedError(
                    f"{watched.state.endpoint} has no contract yet: too few documents have come",
                    f"One is learnt from {FEWEST} windows of about a hundred documents each, or imported.",
                )
            return to_json_schema(watched.contract)

    def put_schema(self, key: str, wanted: Imported) -> ContractView:
        """Hold documents to a schema, besides what is learnt."""
        schema = _schema_of(wanted)
        now = self._world.clock.now()
        with self._runtime.lock, self._world.state.transaction() as tx:
            watched = self._one(key)
            learnt = watched.contract if watched.contract is not None else Contract()
            kept = kept_of(
                watched.state,
                learnt,
                at=now,
                source="imported",
                by=wanted.by[:_LONGEST_NAME],
                schema=msgspec.json.encode(schema),
            )
            watched.adopt(kept)
            watched.state = msgspec.structs.replace(
                watched.state, broken=None, suspicions={}, checked=0, misfits=0
            )
            tx.put(kept)
            tx.put(watched.state)
            return view_of(watched)

    def accept(self, key: str, *, by: str) -> ContractView:
        """Take what comes now as the new contract."""
        now, name = self._world.clock.now(), by.strip()[:_LONGEST_NAME] or "on call"
        with self._runtime.lock, self._world.state.transaction() as tx:
            watched = self._one(key)
            state = watched.state
            if state.broken is None:
                raise RefusedError(
                    f"the contract of {state.endpoint} holds: there is nothing to accept",
                    "`aright contract list` shows those that are broken.",
                )
            since = state.broken.since
            new = tuple(window for window in state.aside if window.start >= since)
            forget(tx, state, (*state.windows, *(window for window in state.aside if window not in new)))
            watched.state = msgspec.structs.replace(
                state, windows=new, aside=(), broken=None, suspicions={}, learnt=0, told=(), accepted_by=name
            )
            watched.renounce()
            tx.delete(ContractKept, state.key)
            tx.put(watched.state)
            if len(new) >= FEWEST:
                relearn(tx, watched, now)
            return view_of(watched)

    def _all(self, service: str | None) -> Iterator[Watched]:
        for name, watch in sorted(self._runtime.watches.items()):
            part = watch.part(ContractsPart)
            if part is not None and service in {None, name}:
                yield from part.watched.values()

    def _one(self, key: str) -> Watched:
        for watched in self._all(None):
            if key in {watched.state.key, contract_id(watched.state.key)}:
                return watched
        raise UnknownError(
            f"there is no contract {key[:100]!r}", "`aright contract list` shows those there are."
        )


def view_of(watched: Watched) -> ContractView:
    """Return where an endpoint stands."""
    state, kept = watched.state, watched.kept
    standing: Standing = "holds"
    if state.broken is not None:
        standing = "broken"
    elif kept is None:
        standing = "gathering"
    elif state.suspicions:
        standing = "suspected"
    return ContractView(
        id=contract_id(state.key),
        key=state.key,
        service=state.service,
        dependency=state.endpoint.dependency,
        endpoint=state.endpoint.name,
        direction=state.endpoint.direction,
        standing=standing,
        broken=state.broken,
        source=kept.source if kept is not None else None,
        by=kept.by if kept is not None else "",
        learnt_at=kept.at if kept is not None else 0,
        windows=kept.windows if kept is not None else 0,
        documents=kept.documents if kept is not None else 0,
        kept=len(state.windows),
        gathered=state.gathered,
        last=state.last,
        checked=state.checked,
        misfits=state.misfits,
        bytes=watched.size,
    )


def _schema_of(wanted: Imported) -> Mapping[str, object]:
    """Return the schema that is to hold; raises ``RefusedError`` where it cannot be read."""
    schema: Mapping[str, object] = wanted.document
    try:
        if wanted.path:
            schema = openapi_to_json_schema(
                wanted.document, wanted.path, method=wanted.method.lower(), status=wanted.status
            )
        promises = from_json_schema(schema).declared.values()
        Structure(schema)
    except UnreadableSchemaError as error:
        raise RefusedError(
            f"the schema cannot be read: {error}",
            "Send JSON Schema as document, or an OpenAPI 3 document with path, method and status.",
        ) from error
    if not any(each.types or each.required or each.values for each in promises):
        raise RefusedError(
            "the document promises nothing that is checked: no type, required field or enumeration",
            "Send JSON Schema; of an OpenAPI document, name the operation too (path; --operation).",
        )
    return schema

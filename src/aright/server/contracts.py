"""Contracts over HTTP: what was learnt of dependencies' documents, what broke, and whose word counts."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.engine.contract_operations import AnyJson, ContractDetail, ContractView, Imported
from aright.server.endpoint import Call, Endpoint


class ContractQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which contracts.

    Attributes:
        service: of one service alone.
    """

    service: str | None = None


class AcceptBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who accepts.

    Attributes:
        by: a person's name; the token's where it is left out.
    """

    by: str = ""


def _accept(call: Call) -> ContractView:
    by = call.sent(AcceptBody).by.strip() or call.caller
    return call.operations.contracts.accept(call.path["key"], by=by)


def _import(call: Call) -> ContractView:
    wanted = call.sent(Imported)
    if not wanted.by.strip():
        wanted = msgspec.structs.replace(wanted, by=call.caller)
    return call.operations.contracts.put_schema(call.path["key"], wanted)


CONTRACTS: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/v1/contracts",
        summary="What was learnt of the documents of each dependency's endpoints, and whether it holds.",
        handler=lambda call: call.operations.contracts.contracts(service=call.asked(ContractQuery).service),
        answer=list[ContractView],
        query=ContractQuery,
    ),
    Endpoint(
        method="GET",
        path="/v1/contracts/{key}",
        summary="One contract, with what was learnt of each path.",
        handler=lambda call: call.operations.contracts.contract(call.path["key"]),
        answer=ContractDetail,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/v1/contracts/{key}/schema",
        summary="The structure of its documents as JSON Schema.",
        handler=lambda call: call.operations.contracts.schema(call.path["key"]),
        answer=dict[str, AnyJson],
        errors=(404, 409),
    ),
    Endpoint(
        method="PUT",
        path="/v1/contracts/{key}/schema",
        summary="Hold documents to a JSON Schema, or to a response of an OpenAPI document, as well.",
        handler=_import,
        answer=ContractView,
        body=Imported,
        errors=(404, 409),
    ),
    Endpoint(
        method="POST",
        path="/v1/contracts/{key}/accept",
        summary="Take what comes now as the new contract.",
        handler=_accept,
        answer=ContractView,
        body=AcceptBody,
        errors=(404, 409),
    ),
)
"""Every endpoint about contracts; ``key`` is a contract's id."""

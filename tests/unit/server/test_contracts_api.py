"""Contracts over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.engine.contract_operations import ContractDetail, ContractView
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web.fake import busy
from tests.unit.web.fake_contracts import BROKEN, FRESH, HELD

if TYPE_CHECKING:
    import httpx

    from tests.unit.web.fake import FakeOperations


def ask(method: str, path: str, made: FakeOperations | None = None, json: object = None) -> httpx.Response:
    return Client(app_of(made or busy())).ask(method, path, headers=BEARER, json=json)


def test_contracts_are_listed_and_shown() -> None:
    found = msgspec.json.decode(ask("GET", "/v1/contracts").content, type=list[ContractView])
    assert found == [HELD, BROKEN, FRESH]
    assert len(ask("GET", "/v1/contracts?service=other").json()) == 1
    shown = msgspec.json.decode(ask("GET", "/v1/contracts/c-2").content, type=ContractDetail)
    assert shown.contract.broken is not None
    assert shown.paths[0].path == "price"
    assert ask("GET", "/v1/contracts/none").status_code == 404
    assert Client(app_of(busy())).ask("GET", "/v1/contracts").status_code == 401


def test_a_schema_comes_out_and_goes_in() -> None:
    assert ask("GET", "/v1/contracts/c-1/schema").json()["type"] == "object"
    assert ask("GET", "/v1/contracts/c-3/schema").status_code == 409
    made = busy()
    answer = ask("PUT", "/v1/contracts/c-1/schema", made, {"document": {"type": "object"}})
    assert answer.json()["source"] == "imported"
    assert made.contracts.imported[0].by
    named = {"document": {}, "path": "/orders", "method": "post", "status": "201", "by": "ada"}
    assert ask("PUT", "/v1/contracts/c-1/schema", made, named).json()["by"] == "ada"
    assert ask("PUT", "/v1/contracts/c-1/schema", made, {"document": []}).status_code == 400


def test_a_break_is_accepted_by_somebody() -> None:
    assert ask("POST", "/v1/contracts/c-2/accept", json={"by": "ada"}).json()["by"] == "ada"
    assert ask("POST", "/v1/contracts/c-2/accept").json()["by"]
    refused = ask("POST", "/v1/contracts/c-1/accept")
    assert refused.status_code == 409
    assert "nothing to accept" in refused.json()["error"]["problem"]

"""What is asked about contracts: lists, words, schemas in and out, and a change that was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.core.model.frame import Kind
from aright.core.model.times import SECOND
from aright.engine.contract_operations import Imported, contract_id
from aright.engine.operations import RefusedError, UnknownError
from tests.unit.engine.failing_shop import START as BEGIN
from tests.unit.engine.failing_shop import Plant, frame
from tests.unit.engine.paying import WIDTH, Document, ThirdParty, cents

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.engine.contract_operations import ContractView

KEY = "shop/rates GET /v1/rates"


def same(document: Document) -> Document:
    return document


class Shop:
    """A shop whose payloads go through intake and clock."""

    def __init__(self) -> None:
        self.plant = Plant()
        self.party = ThirdParty(3)
        self.window = 0

    def run(self, windows: int, change: Callable[[Document], Document] = same) -> None:
        for _ in range(windows):
            self.send(change)
            self.close()

    def send(self, change: Callable[[Document], Document] = same) -> None:
        start = BEGIN + self.window * WIDTH
        rows: list[dict[str, object]] = [
            {
                "time": start + place * SECOND // 2,
                "service": "shop",
                "dependency": "rates",
                "endpoint": "GET /v1/rates",
                "body": change(self.party.document(start)),
            }
            for place in range(40)
        ]
        self.plant.intake.accept(frame(Kind.PAYLOADS, rows, at=start)).durable.result()
        self.window += 1

    def close(self) -> None:
        self.plant.desk.advance(BEGIN + self.window * WIDTH + 10 * SECOND)

    @property
    def view(self) -> ContractView:
        (view,) = self.plant.desk.contracts.contracts()
        return view


@pytest.fixture(scope="module")
def shop() -> Shop:
    made = Shop()
    made.run(48)
    return made


def test_before_there_is_a_contract_it_says_so() -> None:
    fresh = Shop()
    fresh.run(2)
    assert (fresh.view.standing, fresh.view.gathered, fresh.view.source) == ("gathering", 80, None)
    with pytest.raises(RefusedError, match="has no contract yet"):
        fresh.plant.desk.contracts.schema(KEY)
    assert fresh.plant.desk.contracts.contract(KEY).paths == ()
    declared = fresh.plant.desk.contracts.put_schema(KEY, Imported(document={"type": "array"}, by="ada"))
    assert (declared.source, declared.by, declared.windows) == ("imported", "ada", 0)
    fresh.run(6)
    assert (
        "by schema: array"
        in {each.path: each.words for each in fresh.plant.desk.contracts.contract(KEY).paths}["$"]
    )
    (incident,) = fresh.plant.desk.incidents()
    assert "is no array in" in incident.alerts[0].text


def test_contracts_are_listed_and_shown(shop: Shop) -> None:
    desk = shop.plant.desk.contracts
    assert (shop.view.standing, shop.view.source, shop.view.key) == ("holds", "learnt", KEY)
    assert shop.view.bytes > 10_000
    assert shop.view.documents == shop.view.windows * 160
    assert desk.contracts(service="other") == []
    for name in (KEY, contract_id(KEY)):
        words = {each.path: each.words for each in desk.contract(name).paths}
        assert words["open"] == "always there; boolean; one of `false`, `true`"
    with pytest.raises(UnknownError, match="no contract 'c-0'"):
        desk.contract("c-0")


def test_a_schema_goes_out_and_comes_in_again(shop: Shop) -> None:
    desk = shop.plant.desk.contracts
    schema = desk.schema(KEY)
    assert schema["required"] == ["id", "lang", "open", "price"]
    view = desk.put_schema(KEY, Imported(document=dict(schema), by="ada"))
    assert (view.source, view.by, view.standing) == ("imported", "ada", "holds")
    shop.run(12)
    assert desk.schema(KEY) == schema
    assert shop.view.source == "imported"
    assert shop.view.windows > view.windows
    assert not shop.plant.desk.incidents()


def test_a_response_of_an_openapi_document_is_a_schema_too(shop: Shop) -> None:
    desk = shop.plant.desk.contracts
    answer = {"content": {"application/json": {"schema": {"type": "object", "required": ["price"]}}}}
    document: dict[str, object] = {"paths": {"/v1/rates": {"get": {"responses": {"200": answer}}}}}
    assert desk.put_schema(KEY, Imported(document=document, path="/v1/rates")).source == "imported"
    price = {"type": "number", "nullable": True, "minimum": 0, "exclusiveMinimum": True}
    schemas: dict[str, object] = {"Price": price, "Other": {"type": "string"}}
    fields = {
        "lang": {"type": "string", "pattern": "^[a-z]{2}$"},
        "price": {"$ref": "#/components/schemas/Price"},
    }
    full = {"content": {"application/json": {"schema": {"properties": fields}}}}
    document = {"paths": {"/v1/rates": {"get": {"responses": {"200": full}}}}}
    document["components"] = {"schemas": schemas}
    desk.put_schema(KEY, Imported(document=document, path="/v1/rates"))
    assert desk.schema(KEY) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": fields,
        "components": {"schemas": {"Price": {"type": ["number", "null"], "exclusiveMinimum": 0}}},
    }, "patterns and limits are kept, and no more than is referred to"
    with pytest.raises(RefusedError, match="there is no paths//other"):
        desk.put_schema(KEY, Imported(document=document, path="/other"))
    with pytest.raises(RefusedError, match="no valid JSON Schema"):
        desk.put_schema(KEY, Imported(document={"type": "no such type"}))
    with pytest.raises(RefusedError, match="promises nothing that is checked"):
        desk.put_schema(KEY, Imported(document=document))


def test_a_change_that_was_meant_is_accepted_and_kept() -> None:
    shop = Shop()
    shop.run(40)
    desk = shop.plant.desk.contracts
    with pytest.raises(RefusedError, match="nothing to accept"):
        desk.accept(KEY, by="ada")
    shop.run(26, cents)
    assert shop.view.standing == "broken"
    accepted = desk.accept(contract_id(KEY), by="ada")
    assert (accepted.standing, accepted.source, accepted.by) == ("holds", "accepted", "ada")
    before = len(shop.plant.desk.notices())
    shop.run(12, cents)
    shop.plant.start()
    assert (shop.view.standing, shop.view.source, shop.view.by) == ("holds", "accepted", "ada")
    shop.run(8, cents)
    assert len(shop.plant.desk.notices()) == before
    assert len(shop.plant.desk.incidents()) == 1
    words = {each.path: each.words for each in shop.plant.desk.contracts.contract(KEY).paths}
    assert words["price"].startswith("always there; integer")


def test_what_is_accepted_early_is_learnt_as_it_comes() -> None:
    shop = Shop()
    shop.run(40)
    shop.run(6, cents)
    view = shop.plant.desk.contracts.accept(KEY, by="")
    assert (view.standing, view.source) == ("gathering", None)
    for incident in shop.plant.desk.incidents():
        shop.plant.desk.resolve(incident.key, by="ada", confirm="shop")
    shop.run(24, cents)
    assert (shop.view.standing, shop.view.source, shop.view.by) == ("holds", "accepted", "on call")


def test_a_crash_at_any_moment_changes_nothing() -> None:
    through, crashing = Shop(), Shop()
    through.run(30)
    through.run(9, cents)
    for number in range(39):
        if number % 5 == 2:  # while documents wait that no window has counted
            crashing.send(cents if number >= 30 else same)
            crashing.plant.start()
            crashing.close()
        else:
            crashing.run(1, cents if number >= 30 else same)
    assert crashing.view == through.view
    assert crashing.view.standing == "broken"
    for incidents in (crashing.plant.desk.incidents(), through.plant.desk.incidents()):
        assert [alert.key for alert in incidents[0].alerts] == ["shop/contract/rates GET /v1/rates"]

import pytest

from aright.core.contract import (
    Structure,
    UnreadableSchemaError,
    from_json_schema,
    from_openapi,
    openapi_to_json_schema,
)


def document(**schema):
    answer = {"content": {"application/json; charset=utf-8": {"schema": schema}}}
    return {
        "openapi": "3.0.3",
        "paths": {"/orders/{id}": {"get": {"responses": {"200": answer, "default": {"content": {}}}}}},
        "components": {
            "schemas": {
                "Order": {
                    "type": "object",
                    "required": ["id", "items"],
                    "properties": {
                        "id": {"type": "string", "pattern": "^ord_[0-9a-f]+$"},
                        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
                        "state": {"type": "string", "enum": ["open", "paid"], "nullable": True},
                        "parent": {"$ref": "#/components/schemas/Order"},
                    },
                },
                "Item": {
                    "type": "object",
                    "properties": {
                        "price": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 9},
                        "qty": {"type": "integer", "maximum": 5, "exclusiveMaximum": False},
                    },
                },
            }
        },
    }


REFERS = {"$ref": "#/components/schemas/Order"}
GOOD = {"id": "ord_1a", "items": [{"price": 0.5, "qty": 5}], "state": None}


@pytest.mark.parametrize(
    ("edit", "where"),
    [
        ({"id": "1a"}, "/id"),
        ({"state": "lost"}, "/state"),
        ({"items": [{"price": 0}]}, "/items/0/price"),
        ({"items": [{"price": 10}]}, "/items/0/price"),
        ({"items": [{"qty": 6}]}, "/items/0/qty"),
        ({"parent": {"id": "ord_1"}}, "/parent"),
    ],
)
def test_all_that_a_schema_says_is_checked(edit, where):
    structure = Structure(openapi_to_json_schema(document(**REFERS), "/orders/{id}"))

    assert structure.accepts(GOOD)
    (misfit,) = structure.misfits(GOOD | edit)
    assert misfit.path == where


def test_a_schema_in_place_is_taken_too_and_the_document_stays_as_it_is():
    said = document(type="string", nullable=True)

    assert Structure(openapi_to_json_schema(said, "/orders/{id}")).accepts(None)
    assert said["paths"]["/orders/{id}"]["get"]["responses"]["200"]["content"][
        "application/json; charset=utf-8"
    ] == {"schema": {"type": "string", "nullable": True}}


def test_nothing_is_brought_that_is_not_referred_to():
    said = document(**{"$ref": "#/components/schemas/Item"})
    schema = openapi_to_json_schema(said, "/orders/{id}")
    item = {"price": {"type": "number", "exclusiveMinimum": 0, "maximum": 9}}
    item["qty"] = {"type": "integer", "maximum": 5}
    assert schema["components"] == {"schemas": {"Item": {"type": "object", "properties": item}}}

    lost = {"properties": {"a": {"example": {"$ref": "#/none"}, "$ref": "#/components/responses/Lost"}}}
    with pytest.raises(UnreadableSchemaError, match="responses"):
        openapi_to_json_schema(document(**lost), "/orders/{id}")
    with pytest.raises(UnreadableSchemaError, match="outside the document"):
        openapi_to_json_schema(document(**{"$ref": "other.yaml#/A"}), "/orders/{id}")


def test_what_all_parts_say_may_be_null_too():
    schema = openapi_to_json_schema(document(nullable=True, allOf=[REFERS]), "/orders/{id}")

    structure = Structure(schema)
    assert structure.accepts(None)
    assert structure.accepts(GOOD)
    assert not structure.accepts({"id": "1a"})
    declared = from_json_schema(schema).declared
    assert declared["$"].types == ("object", "null")
    assert declared["id"].required


def test_what_is_declared_is_the_same_as_before():
    declared = from_openapi(document(**REFERS), "/orders/{id}").declared

    assert declared["state"].types == ("string", "null")
    assert declared["items[].price"].types == ("number",)


def test_what_is_not_there_is_said():
    with pytest.raises(UnreadableSchemaError, match="without JSON"):
        openapi_to_json_schema(document(**REFERS), "/orders/{id}", status="404")
    with pytest.raises(UnreadableSchemaError, match="/nope"):
        openapi_to_json_schema(document(**REFERS), "/nope")


def test_a_schema_without_an_end_is_refused():
    nested: dict[str, object] = {}
    for _ in range(100):
        nested = {"items": nested}

    with pytest.raises(UnreadableSchemaError, match="deeper"):
        openapi_to_json_schema(document(**nested), "/orders/{id}")

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.contract import (
    Sample,
    Structure,
    UnreadableSchemaError,
    check,
    from_json_schema,
    from_openapi,
    learn,
    to_json_schema,
)

ORDER = {
    "type": "object",
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "string"},
        "state": {"enum": ["open", "paid"], "type": "string"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "rates": {"type": "object", "additionalProperties": {"type": "number"}},
        "note": {"oneOf": [{"type": "string"}, {"type": "null"}]},
        "by": {"allOf": [{"type": "object"}, {"properties": {"name": {"type": "string", "nullable": True}}}]},
        "kind": {"const": "order"},
    },
    "$defs": {"line": {"type": "object", "required": ["qty"], "properties": {"qty": {"type": "integer"}}}},
}


def windows(count=6, size=120):
    made = []
    for hour in range(count):
        rng = random.Random(hour)
        sample = Sample(start=hour * 3_600_000_000)
        for _ in range(size):
            sample.add(
                {
                    "state": rng.choice(["open", "paid"]),
                    "n": rng.choice([1, 2.5]),
                    "maybe": rng.choice([None, 1]),
                    "lines": [{"qty": 1}],
                    "by id": {str(rng.randrange(100, 999)): {"x": True}},
                    **({"rare": "x"} if rng.random() < 0.5 else {}),
                }
            )
        made.append(sample.summary())
    return made


def summary(*documents):
    sample = Sample(start=0)
    for document in documents:
        sample.add(document)
    return sample.summary()


def test_a_learnt_schema_says_structure_and_no_more():
    schema: Any = to_json_schema(learn(windows()))

    fields = schema["properties"]
    assert fields["state"] == {"type": "string", "enum": ["open", "paid"]}
    assert fields["n"] == {"type": "number"}
    assert set(fields["maybe"]["type"]) == {"integer", "null"}
    assert fields["lines"]["items"]["required"] == ["qty"]
    assert fields["by id"]["additionalProperties"]["properties"] == {"x": {"type": "boolean"}}
    assert "rare" not in schema["required"]
    assert "state" in schema["required"]


def test_what_it_was_learnt_from_fits_and_the_rest_does_not():
    fits = Structure(to_json_schema(learn(windows())))
    good = {"state": "open", "n": 1, "maybe": None, "lines": [{"qty": 2}], "by id": {}, "new": 1}

    assert fits.accepts(good)
    assert not fits.accepts({**good, "state": "lost"})
    problems = fits.misfits({**good, "lines": [{"qty": "2"}]})
    assert [problem.path for problem in problems] == ["/lines/0/qty"]


def test_a_schema_is_a_contract():
    contract = from_json_schema(ORDER)
    good = {
        "id": "1",
        "state": "open",
        "lines": [{"qty": 2}],
        "note": None,
        "by": {"name": None},
        "kind": "order",
    }

    assert check(contract, summary(good, {**good, "lines": []})) == ()
    bad = {"state": "lost", "lines": [{"qty": 2.5}, {}], "note": 3, "kind": "x"}
    told = {found.path: found.kind for found in check(contract, summary(bad, good))}
    assert told == {
        "id": "missing",
        "state": "new values",
        "lines[].qty": "missing",
        "note": "type",
        "kind": "new values",
    } or set(told) == {"id", "state", "lines[].qty", "note", "kind"}


def test_a_declared_schema_reads_back():
    declared = from_json_schema(ORDER).declared

    again = from_json_schema(to_json_schema(from_json_schema(ORDER))).declared

    assert again.keys() == declared.keys()
    assert again["lines[].qty"] == declared["lines[].qty"]


def test_openapi_responses_are_found():
    api = {
        "paths": {
            "/orders/{id}": {
                "get": {"responses": {"200": {"$ref": "#/components/responses/Order"}}},
                "put": {"responses": {"default": {"content": {"text/plain": {}}}}},
            }
        },
        "components": {
            "responses": {
                "Order": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
            },
            "schemas": {"Order": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        },
    }

    assert from_openapi(api, "/orders/{id}").declared["n"].types == ("integer",)
    with pytest.raises(UnreadableSchemaError, match="without JSON"):
        from_openapi(api, "/orders/{id}", method="put")
    with pytest.raises(UnreadableSchemaError, match="there is no paths/x"):
        from_openapi(api, "x")
    with pytest.raises(UnreadableSchemaError, match="must be an object"):
        from_openapi({"paths": []}, "x")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "https://example.org/x.json"}, "outside"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, "circle"),
        ({"$ref": "#/nowhere"}, "there is no nowhere"),
    ],
)
def test_references_that_lead_nowhere_say_so(schema, said):
    with pytest.raises(UnreadableSchemaError, match=said):
        from_json_schema(schema)


def test_a_schema_that_holds_itself_ends():
    tree = {"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"left": {"$ref": "#/$defs/t"}}}}}

    assert len(from_json_schema(tree).declared) < 100


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["type", "properties", "items", "required", "enum", "allOf", "oneOf", "x"]), inner
        ),
    ),
    max_leaves=15,
)


@settings(deadline=None, max_examples=80)
@given(st.dictionaries(st.sampled_from(["type", "properties", "items", "required", "enum", "anyOf"]), JSON))
def test_no_schema_raises_anything_else(schema):
    assert "$" in from_json_schema(schema).declared


def test_a_broken_schema_is_refused_and_nothing_fetched():
    with pytest.raises(UnreadableSchemaError, match="no valid JSON Schema"):
        Structure({"type": "nothing"})
    with pytest.raises(UnreadableSchemaError):
        Structure({"$ref": "https://example.org/x.json"})


def test_documents_that_are_no_json_do_not_fit():
    fits = Structure({"type": "object"})

    assert not fits.accepts(object())
    assert fits.misfits(object())[0].problem.startswith("is no JSON")
    assert len(Structure({"items": {"type": "string"}}).misfits(list(range(90)))) == 20


def test_long_texts_are_told_apart_by_the_whole_and_never_enumerated():
    held = []
    for hour in range(6):
        rng = random.Random(hour)
        sample = Sample(start=hour * 3_600_000_000)
        for _ in range(120):
            image = "".join(rng.choices("abcdef", k=rng.randrange(300, 900)))
            sample.add({"image": "head " * 60 + image, "note": "word " * 40, "licence": "law " * 99})
        held.append(sample.summary())
    contract = learn(held)
    fields: Any = to_json_schema(contract)["properties"]

    assert {name: set(field) for name, field in fields.items()} == {
        "image": {"type"},
        "note": {"type"},
        "licence": {"type"},
    }
    assert "text:lower" not in held[0].paths["image"].counts
    lengths, values = (held[0].paths["image"].cells[name] for name in ("length", "value"))
    assert len(lengths.counts) > 50
    assert len(values.counts) == 120
    assert len(held[0].paths["licence"].cells["value"].counts) == 1
    assert Structure(to_json_schema(contract)).accepts({"image": "x" * 700, "note": "n", "licence": ""})

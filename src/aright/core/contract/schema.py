"""Contracts as JSON Schema, and JSON Schema or OpenAPI as contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from aright.core.contract.contract import Contract, Declared
from aright.core.contract.paths import ELEMENT, ENTRY, ROOT, child, split
from aright.core.contract.summary import JOINED
from aright.core.profile.words import WHOLE, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema: TypeAlias = dict[str, object]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SURE: Final = 100
_FEW_VALUES: Final = 50
_DEEPEST: Final = 24
_MOST_PATHS: Final = 2_000
_OPEN: Final = 0.002


class UnreadableSchemaError(ValueError):
    """A schema cannot be read; its text names the place and what to do."""


def to_json_schema(contract: Contract) -> Schema:
    """Return the structure of a contract as JSON Schema (2020-12).

    Types that came, fields that were never missing in a hundred objects or more, and the values of texts
    whose set is closed by Good and Turing's estimate. Further fields are allowed: a new one breaks nobody.

    >>> from aright.core.contract.contract import Declared
    >>> whole, n = Declared(("object",)), Declared(("integer",), required=True)
    >>> schema = to_json_schema(Contract(declared={"$": whole, "n": n}))
    >>> schema["properties"], schema["required"]
    ({'n': {'type': 'integer'}}, ['n'])
    """
    promises = contract.declared or {path: _promise(contract, path) for path in contract.paths}
    root: Schema = {"$schema": DIALECT}
    for path in sorted(promises):
        _place(root, split(path), promises[path])
    return root


def _promise(contract: Contract, path: str) -> Declared:
    known = contract.paths[path]
    types = sorted({"object" if name == "map" else name for name in known.types})
    if "number" in types and "integer" in types:
        types.remove("integer")
    nulls = contract.rates.get(JOINED.join((path, "present:null", "")))
    if (nulls and nulls.k) or not types:
        types.append("null")
    parents = known.bases.get("parent", 0)
    novelty = contract.rates.get(JOINED.join((path, "novel:value", "")))
    values = contract.lens.known.get(f"{path}{JOINED}value", frozenset())
    closed = (
        novelty is not None
        and novelty.k <= _OPEN * novelty.n
        and len(values) <= _FEW_VALUES
        and all(len(value) <= WHOLE for value in values)
        and set(types) <= {"string", "null"}
    )
    return Declared(
        tuple(types), parents >= _SURE and known.present == parents, tuple(sorted(values)) if closed else ()
    )


def _place(root: Schema, steps: list[str], promise: Declared) -> None:
    """Write a promise at its place, making the schemas on the way."""
    node, holder, name = root, None, ""
    for step in steps:
        if step == ELEMENT:
            node = _inner(node, "items")
        elif step == ENTRY:
            node = _inner(node, "additionalProperties")
        else:
            holder, name = node, step
            node = _inner(_inner(node, "properties"), step)
    if promise.types:
        node["type"] = promise.types[0] if len(promise.types) == 1 else list(promise.types)
    if promise.values:
        nullable: list[object] = [None] if "null" in promise.types else []
        node["enum"] = [*promise.values, *nullable]
    if promise.required and holder is not None and steps[-1] == name:
        required = holder.setdefault("required", [])
        if isinstance(required, list):
            required.append(name)


def _inner(node: Schema, key: str) -> Schema:
    found = node.setdefault(key, {})
    if not isinstance(found, dict):
        raise UnreadableSchemaError(f"{key!r} stands for two things in one schema: learn the contract anew")
    return found


def from_json_schema(schema: Mapping[str, object], *, root: Mapping[str, object] | None = None) -> Contract:
    """Return the contract that a JSON Schema declares: types, required fields, enumerations.

    Args:
        schema: as decoded JSON; ``$ref`` within the document, ``allOf``, ``oneOf``, ``anyOf``, ``const`` and
            OpenAPI 3.0's ``nullable`` are understood. What it does not say is not checked.
        root: the document that references point into, where the schema is a part of it.

    Raises:
        UnreadableSchemaError: where a reference leads nowhere, or out of the document.

    >>> read = from_json_schema({"required": ["a"], "properties": {"a": {"type": "string"}}})
    >>> read.declared["a"]
    Declared(types=('string',), required=True, values=())
    """
    declared: dict[str, Declared] = {}
    for path, promise in _walk(schema, ROOT, schema if root is None else root, 0, required=False):
        if len(declared) >= _MOST_PATHS:
            break
        declared[path] = promise
    return Contract(declared=declared)


def from_openapi(
    document: Mapping[str, object], path: str, *, method: str = "get", status: str = "200"
) -> Contract:
    """Return the contract of one response of an OpenAPI 3 document.

    Args:
        document: as decoded JSON or YAML.
        path: as the document writes it, such as ``/orders/{id}``.
        method: of HTTP, in small letters.
        status: of the response; ``default`` is taken where it is not there.

    Raises:
        UnreadableSchemaError: where there is no such response, or none in JSON.
    """
    return from_json_schema(response_schema(document, path, method, status), root=document)


def response_schema(
    document: Mapping[str, object], path: str, method: str, status: str
) -> Mapping[str, object]:
    """Return the schema of a response as an OpenAPI document has it; raises ``UnreadableSchemaError``."""
    responses = at(document, "paths", path, method, "responses")
    response = _resolved(_mapping(responses.get(status, responses.get("default")), status), document)
    contents = at(response, "content")
    for kind, content in contents.items():
        if "json" in kind:
            return at(_mapping(content, kind), "schema")
    raise UnreadableSchemaError(f"{method} {path} answers {status} without JSON: it has {sorted(contents)}")


def _walk(
    schema: Mapping[str, object], path: str, root: Mapping[str, object], depth: int, *, required: bool
) -> Iterator[tuple[str, Declared]]:
    """Yield what a schema and those within it declare."""
    if depth > _DEEPEST:
        return
    parts = _parts(_resolved(schema, root), root, depth)
    yield path, Declared(_types(parts), required, _values(parts))
    prefix = "" if path == ROOT else path
    for part in parts:
        needed = part.get("required")
        names = needed if isinstance(needed, list) else []
        fields = part.get("properties")
        for name, inner in fields.items() if isinstance(fields, dict) else ():
            if isinstance(inner, dict):
                yield from _walk(inner, child(path, name), root, depth + 1, required=name in names)
        for key, step in (("items", ELEMENT), ("additionalProperties", ENTRY)):
            inner = part.get(key)
            if isinstance(inner, dict) and (key == "items" or not fields):
                yield from _walk(inner, prefix + step, root, depth + 1, required=False)


def _parts(
    schema: Mapping[str, object], root: Mapping[str, object], depth: int
) -> list[Mapping[str, object]]:
    """Return a schema and all that must hold with it; alternatives only where there is one of them."""
    found = [schema]
    every = schema.get("allOf")
    for part in every if isinstance(every, list) and depth < _DEEPEST else ():
        if isinstance(part, dict):
            found += _parts(_resolved(part, root), root, depth + 1)
    for key in ("oneOf", "anyOf"):
        either = schema.get(key)
        if isinstance(either, list):
            kinds = [_resolved(part, root) for part in either if isinstance(part, dict)]
            solid = [part for part in kinds if part.get("type") != "null"]
            if len(solid) == 1:
                found += _parts(solid[0], root, depth + 1)
            types = [name for part in kinds for name in _types([part])]
            typed = all(_types([part]) for part in kinds)
            found.append({"type": types if typed else ["null"]} if typed or len(solid) < len(kinds) else {})
    return found


def _types(parts: list[Mapping[str, object]]) -> tuple[str, ...]:
    names: list[str] = []
    for part in parts:
        said = part.get("type")
        names += (
            [said]
            if isinstance(said, str)
            else [str(each) for each in said]
            if isinstance(said, list)
            else []
        )
        if part.get("nullable") is True:
            names.append("null")
    named = tuple(dict.fromkeys(names))
    return named if named != ("null",) or len(parts) == 1 else ()


def _values(parts: list[Mapping[str, object]]) -> tuple[str, ...]:
    for part in parts:
        values = part.get("enum")
        if isinstance(values, list):
            return tuple(text_of(value) for value in values if isinstance(value, (str, bool, int)))
        if isinstance(part.get("const"), str):
            return (text_of(part["const"]),)
    return ()


def _resolved(schema: Mapping[str, object], root: Mapping[str, object]) -> Mapping[str, object]:
    """Follow references within the document."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        schema = at(root, *pointed(reference))
    raise UnreadableSchemaError("references go round in a circle without an end: break it in the schema")


def pointed(reference: str) -> list[str]:
    """Return the names that a reference goes along; raises ``UnreadableSchemaError`` where it leads out.

    >>> pointed("#/components/schemas/a~1b")
    ['components', 'schemas', 'a/b']
    """
    if not reference.startswith("#"):
        raise UnreadableSchemaError(f"{reference!r} is outside the document: bundle it into one first")
    return [step.replace("~1", "/").replace("~0", "~") for step in reference[1:].split("/")[1:]]


def at(node: Mapping[str, object], *names: str) -> Mapping[str, object]:
    """Return the object that names lead to; raises ``UnreadableSchemaError`` where there is none."""
    for place, name in enumerate(names):
        if name not in node:
            raise UnreadableSchemaError(
                f"there is no {'/'.join(names[: place + 1])} in the document: there it has {sorted(node)[:9]}"
            )
        node = _mapping(node[name], name)
    return node


def _mapping(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UnreadableSchemaError(f"{name} must be an object, and is {type(value).__name__}")
    return value

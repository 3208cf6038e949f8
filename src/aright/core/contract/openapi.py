"""The schema of one response of an OpenAPI document, whole: what is checked of every payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.contract.schema import DIALECT, UnreadableSchemaError, at, pointed, response_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aright.core.contract.schema import Schema

_DEEPEST: Final = 64
_PARTS: Final = ("allOf", "anyOf", "oneOf")
_VALUES: Final = frozenset(("const", "default", "enum", "example", "examples"))
"""What holds documents, not schemas."""
_LIMITS: Final = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def openapi_to_json_schema(
    document: Mapping[str, object], path: str, *, method: str = "get", status: str = "200"
) -> Schema:
    """Return the JSON Schema (2020-12) of one response, with all that it refers to and no more.

    ``from_openapi`` reads types, required fields and values of it; this keeps patterns, limits and the rest.

    Args:
        document: as decoded JSON or YAML; ``nullable`` and limits that exclude are translated (3.0).
        path: as the document writes it, such as ``/orders/{id}``.
        method: of HTTP, in small letters.
        status: of the response; ``default`` is taken where it is not there.

    Raises:
        UnreadableSchemaError: where there is no such response, or none in JSON.

    >>> price = {"type": "number", "nullable": True, "minimum": 0, "exclusiveMinimum": True}
    >>> answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Price"}}}}
    >>> said = {"paths": {"/p": {"get": {"responses": {"200": answer}}}},
    ...         "components": {"schemas": {"Price": price}}}
    >>> schema = openapi_to_json_schema(said, "/p")
    >>> schema["$ref"], schema["components"]["schemas"]["Price"]
    ('#/components/schemas/Price', {'type': ['number', 'null'], 'exclusiveMinimum': 0})
    """
    found = _translated(response_schema(document, path, method, status), 0)
    if not isinstance(found, dict):
        raise UnreadableSchemaError(f"the schema of {method} {path} is no object: write one")
    _bring(found, document)
    return {"$schema": DIALECT, **found}


def _bring(schema: Schema, document: Mapping[str, object]) -> None:
    """Copy what a schema refers to, and what that refers to, to where its references point."""
    waiting = list(_references(schema))
    brought: set[str] = set()
    while waiting:
        reference = waiting.pop()
        if reference in brought:
            continue
        brought.add(reference)
        names = pointed(reference)
        target = _translated(at(document, *names), 0)
        holder = schema
        for name in names[:-1]:
            inner = holder.setdefault(name, {})
            if not isinstance(inner, dict):
                raise UnreadableSchemaError(f"{reference!r} points into {name!r}, which is no object")
            holder = inner
        if names:
            holder[names[-1]] = target
            waiting.extend(_references(target))


def _references(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _references(each)
    elif isinstance(node, dict):
        for name, each in node.items():
            if name == "$ref" and isinstance(each, str):
                yield each
            elif name not in _VALUES:
                yield from _references(each)


def _translated(node: object, depth: int) -> object:
    """Return a schema of OpenAPI 3.0 as JSON Schema has it; one of 3.1 comes back as it is."""
    if depth > _DEEPEST:
        raise UnreadableSchemaError(f"the schema is nested deeper than {_DEEPEST} levels: name its parts")
    if isinstance(node, list):
        return [_translated(each, depth + 1) for each in node]
    if not isinstance(node, dict):
        return node
    found = {str(name): _translated(each, depth + 1) for name, each in node.items()}
    if isinstance(found.get("nullable"), bool) and found.pop("nullable"):
        found = _nullable(found)
    for exclusive, limit in _LIMITS:
        if isinstance(found.get(exclusive), bool):
            excludes = found.pop(exclusive)
            if excludes and limit in found:
                found[exclusive] = found.pop(limit)
    return found


def _nullable(schema: Schema) -> Schema:
    """Return what takes null too; beside ``allOf`` there is often no type to add it to."""
    if isinstance(schema.get("type"), str):
        values = schema.get("enum")
        more = {"enum": [*values, None]} if isinstance(values, list) and None not in values else {}
        return {**schema, "type": [schema["type"], "null"], **more}
    return {"anyOf": [schema, {"type": "null"}]} if any(name in schema for name in _PARTS) else schema

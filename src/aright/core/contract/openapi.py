"""The schema of one response of an OpenAPI document, whole: what is checked of every payload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.contract.schema import DIALECT, UnreadableSchemaError, response_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.contract.schema import Schema

_DEEPEST: Final = 64
_LIMITS: Final = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))


def openapi_to_json_schema(
    document: Mapping[str, object], path: str, *, method: str = "get", status: str = "200"
) -> Schema:
    """Return the JSON Schema (2020-12) of one response, with all that it refers to, nothing left out.

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
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if isinstance(schemas, dict):
        found["components"] = {"schemas": _translated(schemas, 0)}
    return {"$schema": DIALECT, **found}


def _translated(node: object, depth: int) -> object:
    """Return a schema of OpenAPI 3.0 as JSON Schema has it; one of 3.1 comes back as it is."""
    if depth > _DEEPEST:
        raise UnreadableSchemaError(f"the schema is nested deeper than {_DEEPEST} levels: name its parts")
    if isinstance(node, list):
        return [_translated(each, depth + 1) for each in node]
    if not isinstance(node, dict):
        return node
    found = {str(name): _translated(each, depth + 1) for name, each in node.items()}
    if found.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        values = found.get("enum")
        if isinstance(values, list) and None not in values:
            found["enum"] = [*values, None]
    if isinstance(found.get("nullable"), bool):
        del found["nullable"]
    for exclusive, limit in _LIMITS:
        if isinstance(found.get(exclusive), bool):
            excludes = found.pop(exclusive)
            if excludes and limit in found:
                found[exclusive] = found.pop(limit)
    return found

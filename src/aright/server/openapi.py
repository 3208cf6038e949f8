"""The OpenAPI 3.1 document, made from the route table and the structs that requests are decoded with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from aright.engine.operations import Happening
from aright.server.content import DOORS
from aright.server.problems import ErrorAnswer
from aright.server.wire import Accepted, ChangeEvent, OutcomeRow, PayloadRow, PredictionRow, ProcessRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aright.server.door import Door
    from aright.server.endpoint import Endpoint

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_REF: Final = "#/components/schemas/{name}"
_MEANINGS: Final = {
    400: "It cannot be read, or does not fit.",
    401: "No valid token.",
    404: "There is no such thing.",
    409: "It may not be done now; the answer says why.",
    412: "Not agreed; the body is that of 200.",
    413: "The body is too large.",
    415: "The content type or encoding is unknown.",
    422: "Every row was set aside; the body is that of 200.",
    429: "Too many attempts.",
    503: "Too much waits for the disk; Retry-After says how long to wait.",
}
_ARROW: Final = "application/vnd.apache.arrow.stream"
_ROWS: Final[tuple[tuple[str, str, type[msgspec.Struct]], ...]] = (
    ("/v1/predictions", "Take predictions; answered when they are on disk.", PredictionRow),
    ("/v1/outcomes", "Take outcomes and feedback; answered when they are on disk.", OutcomeRow),
    ("/v1/process", "Take process metrics; answered when they are on disk.", ProcessRow),
    (
        "/v1/payloads",
        "Take documents exchanged with dependencies; answered when they are on disk.",
        PayloadRow,
    ),
)


def document(endpoints: Iterable[Endpoint], *, version: str) -> dict[str, Json]:
    """Return the document.

    >>> made = document((), version="1")
    >>> made["openapi"], sorted(made["paths"])[:2]
    ('3.1.0', ['/api/v1/lineage', '/api/v1/lineage/batch'])
    """
    known = tuple(endpoints)
    schemas = _Schemas.of_all(_kinds(known))
    paths: dict[str, Json] = {path: {"post": _door(schemas, summary, row)} for path, summary, row in _ROWS}
    paths["/v1/changes"] = {"post": _changes_door(schemas)}
    paths |= {path: {"post": _foreign_door(door)} for path, door in DOORS.items() if door.summary}
    paths["/v1/events"] = {"get": _events(schemas)}
    for endpoint in known:
        path = re.sub(r":\w+}", "}", endpoint.path)
        operations = paths.setdefault(path, {})
        if isinstance(operations, dict):
            operations[endpoint.method.lower()] = _operation(schemas, endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "aright",
            "version": version,
            "summary": "Tells on-call engineers that an AI service is up but wrong, and why.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


@dataclass(frozen=True)
class _Schemas:
    """Schemas by type, made all together: two types of one name have longer names then."""

    named: dict[object, Json]
    components: dict[str, Json]

    @classmethod
    def of_all(cls, kinds: list[object]) -> _Schemas:
        made, components = msgspec.json.schema_components(kinds, ref_template=_REF)
        return cls(dict(zip(kinds, made, strict=True)), components)

    def json(self, kind: object) -> Json:
        return {"application/json": {"schema": self.named[kind]}}

    def errors(self, statuses: Iterable[int]) -> dict[str, Json]:
        return {
            str(status): {"description": _MEANINGS[status], "content": self.json(ErrorAnswer)}
            for status in statuses
        }


def _kinds(endpoints: tuple[Endpoint, ...]) -> list[object]:
    kinds: list[object] = [ErrorAnswer, Accepted, ChangeEvent, Happening, *(row for _, _, row in _ROWS)]
    for endpoint in endpoints:
        kinds += [kind for kind in (endpoint.answer, endpoint.body, endpoint.query) if kind is not None]
    return kinds


def _operation(schemas: _Schemas, endpoint: Endpoint) -> Json:
    errors = schemas.errors(sorted({*endpoint.errors, *(() if endpoint.open else (400, 401))}))
    made: dict[str, Json] = {
        "summary": endpoint.summary,
        "operationId": _operation_id(endpoint),
        "parameters": [*_in_path(endpoint.path), *_in_query(endpoint.query)],
        "responses": {"200": {"description": "Done.", "content": _answered(schemas, endpoint)}, **errors},
    }
    if endpoint.body is not None:
        made["requestBody"] = {"content": schemas.json(endpoint.body)}
    if endpoint.takes:
        text: Json = {"schema": {"type": "string", "contentMediaType": endpoint.takes}}
        made["requestBody"] = {"required": True, "content": {endpoint.takes: text}}
    if endpoint.open:
        made["security"] = []
    return made


def _answered(schemas: _Schemas, endpoint: Endpoint) -> dict[str, Json]:
    others: dict[str, Json] = {
        name: {"schema": {"type": "string", "contentMediaType": name}} for name in endpoint.formats
    }
    return {"application/json": {"schema": schemas.named[endpoint.answer]}, **others}


def _operation_id(endpoint: Endpoint) -> str:
    words = re.findall(r"[a-z]+", endpoint.path.replace("/v1/", "/").replace(":path", ""))
    return "_".join((endpoint.method.lower(), *words))


def _in_path(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)(?::\w+)?}", path)
    ]


def _in_query(query: type[msgspec.Struct] | None) -> list[Json]:
    if query is None:
        return []
    _, components = msgspec.json.schema_components([query], ref_template=_REF)
    said = _described(query.__doc__ or "")
    schema = components[query.__name__]
    required = schema.get("required", ())
    properties: Mapping[str, Json] = schema["properties"]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": said.get(name, ""),
            "schema": kind,
        }
        for name, kind in properties.items()
    ]


def _described(docstring: str) -> dict[str, str]:
    r"""Return what a docstring's "Attributes" say of each field.

    >>> _described("One.\n\n    Attributes:\n        a: the\n            first.\n        b: other.\n")
    {'a': 'the first.', 'b': 'other.'}
    """
    _, _, attributes = docstring.partition("Attributes:")
    found = re.findall(r"^ {8}(\w+): (.*(?:\n {9,}.*)*)", attributes, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def _door(schemas: _Schemas, summary: str, row: type[msgspec.Struct]) -> Json:
    one = schemas.named[row]
    content: dict[str, Json] = {
        "application/x-ndjson": {"schema": one},
        "application/json": {"schema": {"anyOf": [one, {"type": "array", "items": one}]}},
        "application/msgpack": {"schema": {"type": "array", "items": one}},
    }
    if row is not PayloadRow:
        content[_ARROW] = {"schema": {"type": "string", "contentMediaType": _ARROW}}
    return _accepting(schemas, summary, content)


def _changes_door(schemas: _Schemas) -> Json:
    one = schemas.named[ChangeEvent]
    return _accepting(
        schemas,
        "Take changes as CloudEvents 1.0; answered when they are on disk.",
        {
            "application/cloudevents+json": {"schema": one},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": one}},
        },
    )


def _foreign_door(door: Door) -> Json:
    """Describe a door whose bodies and answers are as somebody else defines them."""
    in_body: dict[str, Json] = {"security": []} if door.token_in is not None else {}
    return {
        **in_body,
        "summary": door.summary,
        "externalDocs": {"url": door.defined_at},
        "requestBody": {"required": True, "content": {name: {"schema": {}} for name in door.formats}},
        "responses": {
            str(door.success): {"description": "On disk."},
            **{str(status): {"description": _MEANINGS[status]} for status in (400, 401, 413, 415, 503)},
        },
    }


def _events(schemas: _Schemas) -> Json:
    return {
        "summary": "Server-sent events: incident, window and notice, each with the key of what is new.",
        "responses": {
            "200": {
                "description": "A stream.",
                "content": {"text/event-stream": {"schema": schemas.named[Happening]}},
            },
            **schemas.errors((401, 503)),
        },
    }


def _accepting(schemas: _Schemas, summary: str, content: dict[str, Json]) -> Json:
    accepted = schemas.json(Accepted)
    encoding: Json = {
        "name": "Content-Encoding",
        "in": "header",
        "description": "How the body is compressed.",
        "schema": {"enum": ["gzip", "zstd"]},
    }
    return {
        "summary": summary,
        "parameters": [encoding],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {"description": "On disk; bad rows were set aside.", "content": accepted},
            "422": {"description": _MEANINGS[422], "content": accepted},
            **schemas.errors((400, 401, 413, 415, 503)),
        },
    }

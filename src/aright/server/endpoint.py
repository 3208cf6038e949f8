"""One line of the API's route table: enough to serve it and to describe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.datastructures import QueryParams

    from aright.engine.operations import Operations

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True)
class Call:
    """A request that has been let in and decoded.

    Attributes:
        operations: the engine's face.
        caller: who calls, where the body does not say.
        token: SHA-256 of the token that let them in; empty for an open endpoint.
        path: parameters in the path, by name.
        query: the decoded query, of the endpoint's type.
        body: the decoded body, of the endpoint's type; its default where the body was empty.
    """

    operations: Operations
    caller: str
    token: str
    path: Mapping[str, str]
    query: object = None
    body: object = None

    def asked(self, kind: type[T]) -> T:
        """Return the query."""
        if not isinstance(self.query, kind):
            raise TypeError(f"the route table promises {kind.__name__} as query")
        return self.query

    def sent(self, kind: type[T]) -> T:
        """Return the body."""
        if not isinstance(self.body, kind):
            raise TypeError(f"the route table promises {kind.__name__} as body")
        return self.body

    @property
    def raw(self) -> bytes:
        """Return the body of an endpoint that takes something else than JSON, as it was sent."""
        if not isinstance(self.body, bytes):
            raise TypeError("the route table promises no body as it was sent")
        return self.body


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One method on one path.

    Attributes:
        method: such as ``GET``.
        path: such as ``/v1/incidents/{key}``.
        summary: one sentence for the document.
        handler: does it, in a worker thread.
        answer: the type of what is returned.
        query: the type of the query, or ``None``.
        body: the type of the body, or ``None``; a ``Struct`` whose fields all have defaults may be left out.
        takes: the media type of a body that is not JSON; its handler reads ``call.raw``.
        errors: statuses it may answer besides 400 and 401.
        open: whether it needs no token.
        hook: whether the token may stand in the address, for programs that send no headers of one's own.
        formats: media types that it answers besides JSON; its handler then returns a ``Response``.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[Call], object]
    answer: object
    query: type[msgspec.Struct] | None = None
    body: object = None
    takes: str = ""
    errors: tuple[int, ...] = ()
    open: bool = False
    hook: bool = False
    formats: tuple[str, ...] = ()


def decode_query(kind: type[msgspec.Struct], query: QueryParams) -> msgspec.Struct:
    """Return the query as ``kind``; numbers are read from text, a list takes every repeat of its name.

    Raises ``ProblemError`` (400) naming the parameter.
    """
    lists = {field.name for field in msgspec.structs.fields(kind) if isinstance(field.default, tuple)}
    given = {name: query.getlist(name) if name in lists else query[name] for name in query}
    try:
        return msgspec.convert(given, type=kind, strict=False)
    except msgspec.ValidationError as bad:
        names = ", ".join(field.name for field in msgspec.structs.fields(kind))
        raise ProblemError(400, f"The query does not fit: {bad}.", f"It takes {names}.") from bad


def decode_body(kind: object, body: bytes) -> object:
    """Return the JSON body as ``kind``; raises ``ProblemError`` (400) naming the field."""
    try:
        return msgspec.json.decode(body.strip() or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        text = "nested too deep" if isinstance(bad, RecursionError) else str(bad)
        raise ProblemError(
            400, f"The body does not fit: {text}.", "Send the JSON that /openapi.json describes."
        ) from bad

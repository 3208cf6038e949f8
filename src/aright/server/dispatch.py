"""Serving the route table: check who calls, decode, do it in a worker thread, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from aright.engine.operations import RefusedError, UnknownError
from aright.ports.state import UnreachableError
from aright.server.bodies import busy
from aright.server.endpoint import Call, Endpoint, decode_body, decode_query
from aright.server.gate import PROGRAM, refused
from aright.server.problems import ProblemError, error_response, json_response
from aright.server.sessions import safe_next

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from aright.engine.operations import Operations
    from aright.server.gate import Gate, Visitor

LARGEST_BODY: Final = 1024 * 1024
"""Of a JSON request to the API (bytes); the hot doors have a limit of their own."""


class EntryBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a person is to be let in.

    Attributes:
        next: the page to open.
        by: the person's name, as timelines show it.
    """

    next: str = "/"
    by: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A way in for one browser, good for ten minutes and once.

    Attributes:
        path: to be opened on this server.
    """

    path: str


def entry_endpoint(gate: Gate) -> Endpoint:
    """Return the endpoint that makes entry links; it lives beside the sessions that it opens."""

    def make(call: Call) -> Entry:
        body = call.sent(EntryBody)
        code = gate.sessions.new_code(body.by.strip()[:80] or "on call", call.token)
        return Entry(path=f"/enter/{code}?{urlencode({'next': safe_next(body.next)}, safe='/')}")

    return Endpoint(
        method="POST",
        path="/v1/entry",
        summary="Make a one-time link that lets a browser in without pasting the token.",
        handler=make,
        answer=Entry,
        body=EntryBody,
    )


def api_routes(endpoints: Iterable[Endpoint], operations: Operations, gate: Gate) -> list[Route]:
    """Return the routes of the table."""
    return [_route(endpoint, operations, gate) for endpoint in endpoints]


def _route(endpoint: Endpoint, operations: Operations, gate: Gate) -> Route:
    async def serve(request: Request) -> Response:
        try:
            visitor = None if endpoint.open else _visitor(endpoint, gate, request)
            call = await _call(endpoint, operations, request, visitor)
            made = await run_in_threadpool(endpoint.handler, call)
            return made if isinstance(made, Response) else json_response(made)
        except ProblemError as error:
            return error_response(error)
        except UnknownError as unknown:
            fix = unknown.fix or "GET the collection to see what there is."
            return error_response(ProblemError(404, str(unknown), fix))
        except UnreachableError:
            return error_response(busy("The state cannot be reached just now."))
        except RefusedError as not_now:
            return error_response(ProblemError(409, str(not_now), not_now.fix))

    return Route(endpoint.path, serve, methods=[endpoint.method])


def _visitor(endpoint: Endpoint, gate: Gate, request: Request) -> Visitor:
    """Return who calls; what changes something takes a token, so that no other site's page can do it."""
    if endpoint.hook:
        visitor = gate.hook(request)
    else:
        visitor = gate.reader(request) if endpoint.method == "GET" else gate.program(request)
    if visitor is None:
        raise refused()
    return visitor


async def _call(
    endpoint: Endpoint, operations: Operations, request: Request, visitor: Visitor | None
) -> Call:
    sent = await bounded(request, LARGEST_BODY) if endpoint.body or endpoint.takes else b""
    body = sent if endpoint.takes else (decode_body(endpoint.body, sent) if endpoint.body else None)
    return Call(
        operations=operations,
        caller=visitor.name if visitor else PROGRAM,
        token=visitor.token if visitor else "",
        path=request.path_params,
        query=decode_query(endpoint.query, request.query_params) if endpoint.query else None,
        body=body,
    )


async def bounded(request: Request, limit: int) -> bytes:
    """Return the body; raises ``ProblemError`` (413) as soon as it is larger than ``limit`` bytes."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise ProblemError(413, f"The body is larger than {limit:,} bytes.", "Send less at once.")
        parts.append(part)
    return b"".join(parts)

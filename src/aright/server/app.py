"""The server: hot doors in front, behind them the JSON API, the event stream and the pages."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route

import aright
from aright.server.api import ENDPOINTS
from aright.server.command import COMMAND
from aright.server.content import DOORS
from aright.server.contracts import CONTRACTS
from aright.server.dispatch import api_routes, entry_endpoint
from aright.server.entry import entry_routes
from aright.server.events import Streams
from aright.server.evidence import EVIDENCE
from aright.server.forms import form_routes
from aright.server.gate import Gate, refused
from aright.server.headers import SecurityHeaders
from aright.server.heartbeats import HEARTBEATS
from aright.server.judges import JUDGES
from aright.server.limits import Attempts
from aright.server.on_call import ON_CALL
from aright.server.openapi import document
from aright.server.pages import page_routes
from aright.server.problems import ProblemError, error_response, json_response
from aright.server.release_pages import release_routes
from aright.server.releases import RELEASES
from aright.server.sessions import Sessions
from aright.server.silence_pages import silence_routes
from aright.server.silences import SILENCES
from aright.server.site import Site
from aright.server.slos import SLOS, metrics_route
from aright.server.webhooks import WEBHOOK, webhook_route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from aright.engine.operations import Operations
    from aright.server.auth import Tokens

_FOR_PROGRAMS: Final = ("/v1/", "/v2/", "/api/", "/health", "/metrics", "/openapi.json")


def build_app(
    operations: Operations,
    tokens: Tokens,
    doors: Callable[[ASGIApp], ASGIApp] | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    streams: Streams | None = None,
) -> ASGIApp:
    """Return the whole server as one ASGI application; it needs no lifespan.

    Args:
        operations: the engine's face.
        tokens: who may call.
        doors: wraps the application so that hot paths never reach it; none for pages and API alone.
        clock: a monotonic clock (seconds), for sessions and rate limits.
        streams: how event streams are paced, where it is not the default.
    """
    gate = Gate(tokens, Sessions(clock=clock))
    attempts = Attempts(each=10, all_together=120, seconds=60, clock=clock)
    site = Site(operations, gate, attempts)
    endpoints = (
        *(*ENDPOINTS, *SLOS, *SILENCES, *CONTRACTS, *EVIDENCE, *RELEASES, *JUDGES),
        *(*HEARTBEATS, *ON_CALL),
        *COMMAND,
        entry_endpoint(gate),
    )
    # Made when it is first asked for: a restart need not wait for it.
    described = cache(lambda: document((*endpoints, WEBHOOK), version=aright.__version__))
    app = Starlette(
        routes=[
            *api_routes(endpoints, operations, gate),
            _readable("/openapi.json", gate, lambda: json_response(described())),
            metrics_route(operations, gate),
            webhook_route(operations, clock),
            _readable("/v1/events", gate, (streams or Streams(operations)).response),
            *entry_routes(site),
            *page_routes(site),
            *silence_routes(site),
            *release_routes(site),
            *form_routes(site),
            *(Route(path, _in_front, methods=["POST"]) for path in DOORS),
        ],
        middleware=[Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)],
        exception_handlers={HTTPException: _unrouted(site), Exception: _failed(site)},
    )
    guarded = SecurityHeaders(app)  # outside of everything, so that the answer to a failure has them too
    return doors(guarded) if doors else guarded


async def _in_front(request: Request) -> Response:
    """Answer a POST to a hot path where no doors stand in front; other methods are answered by routing."""
    path = request.url.path
    return error_response(ProblemError(503, f"{path} is not open here.", "Start the server with its doors."))


def _readable(path: str, gate: Gate, answer: Callable[[], Response]) -> Route:
    """Return a route that programs and browsers may read alike."""

    async def serve(request: Request) -> Response:
        try:
            if gate.reader(request) is None:
                raise refused()
            return answer()
        except ProblemError as error:
            return error_response(error)

    return Route(path, serve)


def _unrouted(site: Site) -> Callable[[Request, Exception], Response]:
    """Return what answers a path that is not there, or a method that it does not have."""

    def answer(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        text = "has no such method" if status == 405 else "is not a path of this server"
        problem = ProblemError(
            status,
            f"{request.url.path[:200]} {text}.",
            "GET /openapi.json lists what there is.",
            headers=error.headers if isinstance(error, HTTPException) else None,
        )
        return _told(site, request, problem)

    return answer


def _failed(site: Site) -> Callable[[Request, Exception], Response]:
    """Return what answers when aright itself fails: nothing of the inside is shown."""

    def answer(request: Request, _: Exception) -> Response:
        problem = ProblemError(
            500,
            "aright failed to answer. What was acknowledged before is safe.",
            "Look at the server's log; then try again.",
        )
        return _told(site, request, problem)

    return answer


def _told(site: Site, request: Request, problem: ProblemError) -> Response:
    if request.url.path.startswith(_FOR_PROGRAMS):
        return error_response(problem)
    return site.problem(problem, site.gate.browser(request))

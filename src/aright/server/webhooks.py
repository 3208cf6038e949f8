"""The door for webhooks of other systems: no token, each is believed by its signature alone.

Whoever forges one learns nothing: neither whether the channel is there, nor what was wrong.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.routing import Route

from aright.ports.hook import ForgedError, NoMessageError, StaleError
from aright.server.dispatch import bounded
from aright.server.endpoint import Endpoint
from aright.server.limits import Attempts
from aright.server.problems import ProblemError, error_response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from aright.engine.operations import Operations
    from aright.server.endpoint import Call

PATH: Final = "/v1/webhooks/{system}/{channel}"
LARGEST: Final = 1 << 20
"""Bytes of a webhook."""

SECONDS: Final = 4.5
"""For reading and committing: PagerDuty waits for 5 s, and then sends the same again."""

EACH: Final = 600
TOGETHER: Final = 3_000
"""Webhooks that one sender, and all together, may bring in a minute; one that is refused comes again."""


class Heeded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a webhook.

    Attributes:
        status: taken | repeat: known already | ignored: of no interest.
    """

    status: str


def webhook_route(operations: Operations, clock: Callable[[], float], *, seconds: float = SECONDS) -> Route:
    """Return the route.

    Args:
        operations: the engine's face.
        clock: monotonic seconds, for the rate limit.
        seconds: for reading and committing.
    """
    attempts = Attempts(each=EACH, all_together=TOGETHER, seconds=60, clock=clock)

    async def serve(request: Request) -> Response:
        try:
            _hold_rate(attempts, request)
            async with asyncio.timeout(seconds):
                body = await bounded(request, LARGEST)
                status = await asyncio.to_thread(_take, operations, request, body)
        except ProblemError as error:
            return error_response(error)
        except TimeoutError:
            # What was begun is committed all the same; the repeat is then known.
            return error_response(_again(503, "It took too long.", 1))
        return json_response(Heeded(status=status))

    return Route(PATH, serve, methods=["POST"])


def _hold_rate(attempts: Attempts, request: Request) -> None:
    wait = attempts.wait(request.client.host if request.client else "")
    if wait:
        raise _again(429, "Too many webhooks at once.", wait)


def _again(status: int, problem: str, seconds: int) -> ProblemError:
    fix = f"Send the same again in {seconds} s."
    return ProblemError(status, problem, fix, headers={"Retry-After": str(seconds)})


def _take(operations: Operations, request: Request, body: bytes) -> str:
    headers = {name.lower(): value for name, value in request.headers.items()}
    names = request.path_params
    try:
        return operations.hooks.webhook(names["system"], names["channel"], headers, body)
    except ForgedError:
        raise ProblemError(401, "This is not believed.", "Sign it as the other system does.") from None
    except StaleError as stale:
        raise ProblemError(400, f"{stale}.", "Set the clock of this machine, if it is wrong.") from stale
    except NoMessageError as unread:
        raise ProblemError(400, f"{unread}.", "Of PagerDuty, choose version 3.") from unread


def _in_front(_call: Call) -> Heeded:
    """Answer where the route above does not stand in front: it needs the body as it came."""
    raise ProblemError(503, "Webhooks are not open here.", "Start the server with its doors.")


WEBHOOK: Final = Endpoint(
    method="POST",
    path=PATH,
    summary="Take what another system tells by itself, believed by its signature: PagerDuty, ServiceNow.",
    handler=_in_front,
    answer=Heeded,
    errors=(400, 401, 413, 429, 503),
    open=True,
)
"""For the document alone."""

"""Pictures among the samples of an incident's inputs, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from aright.engine.operations import UnknownError
from aright.server.problems import ProblemError
from aright.server.site import entered
from aright.web.samples import picture_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from aright.server.gate import Visitor
    from aright.server.site import Site

_HEADERS: Final = {
    "Cache-Control": "private, max-age=3600",
    "Content-Disposition": "inline; filename=sample",
}
"""Every answer says besides that its type is not to be guessed, and that nothing in it may run."""


def sample_routes(site: Site) -> list[Route]:
    """Return the route of pictures; they are numbered as the incident's page shows them."""

    async def picture(request: Request, _: Visitor) -> Response:
        key, told = request.path_params["key"], request.path_params["number"]
        number = int(told) if told.isascii() and told.isdigit() and len(told) <= 4 else -1
        try:
            found = await run_in_threadpool(picture_of, site.operations, key, number)
        except UnknownError as unknown:
            raise ProblemError(404, str(unknown), "The list of incidents shows those there are.") from unknown
        if found is None:
            raise ProblemError(404, f"{key} has no such picture.", "The incident's page shows those it has.")
        media, data = found
        return Response(data, media_type=media, headers=_HEADERS)

    return [Route("/incidents/{key}/samples/{number}", entered(site, picture))]

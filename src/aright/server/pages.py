"""The pages to look at, and what they are made of: charts' data and static files."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from aright.core.model.times import SECOND
from aright.engine.operations import UnknownError
from aright.server.problems import ProblemError, json_response
from aright.server.sample_pages import sample_routes
from aright.server.site import entered
from aright.web.assets import assets
from aright.web.evidence import evidence_page
from aright.web.home import home_view
from aright.web.postmortem import post_mortem_view
from aright.web.views import incident_view, strips_of

_DIGITS: Final = 12

if TYPE_CHECKING:
    from starlette.requests import Request

    from aright.server.gate import Visitor
    from aright.server.site import Site
    from aright.web.strips import Strips


def page_routes(site: Site) -> list[Route]:
    """Return the routes of what can be looked at."""

    async def home(request: Request, visitor: Visitor) -> Response:
        view = await run_in_threadpool(home_view, site.operations)
        origin = f"{request.url.scheme}://{request.url.netloc}"
        return site.page("home.html", visitor=visitor, view=view, origin=origin)

    async def incident(request: Request, visitor: Visitor) -> Response:
        return await incident_page(site, request.path_params["key"], visitor)

    async def post_mortem(request: Request, visitor: Visitor) -> Response:
        return await post_mortem_page(site, request.path_params["key"], visitor)

    async def evidence(request: Request, visitor: Visitor) -> Response:
        try:
            page = await run_in_threadpool(
                evidence_page,
                site.operations,
                request.path_params["key"],
                request.path_params["evidence"],
                now=_offset(request, "now"),
                before=_offset(request, "before"),
                read="read" in request.query_params,
            )
        except UnknownError as unknown:
            raise unknown_page(unknown) from unknown
        return site.page("evidence.html", visitor=visitor, page=page)

    async def series(request: Request, _: Visitor) -> Response:
        try:
            strips = await run_in_threadpool(strips_of, site.operations, request.path_params["key"])
        except UnknownError as unknown:
            raise unknown_page(unknown) from unknown
        return json_response(charts(strips))

    return [
        Route("/", entered(site, home)),
        Route("/incidents/{key}", entered(site, incident)),
        Route("/incidents/{key}/post-mortem", entered(site, post_mortem)),
        Route("/incidents/{key}/evidence/{evidence}", entered(site, evidence)),
        *sample_routes(site),
        Route("/incidents/{key}/series", entered(site, series)),
        Route("/static/{name:path}", static),
    ]


def _offset(request: Request, name: str) -> int:
    told = request.query_params.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= _DIGITS else 0


def unknown_page(unknown: UnknownError) -> ProblemError:
    """Return the error for something that is not there."""
    return ProblemError(404, str(unknown), "The list of incidents shows those there are.")


async def incident_page(
    site: Site, key: str, visitor: Visitor, *, status: int = 200, problems: dict[str, str] | None = None
) -> Response:
    """Return an incident's page, with what went wrong beside the form that it went wrong in."""
    try:
        view = await run_in_threadpool(incident_view, site.operations, key)
    except UnknownError as unknown:
        raise unknown_page(unknown) from unknown
    said = defaultdict(str, problems or {})
    return site.page("incident.html", visitor=visitor, status=status, view=view, problems=said)


async def post_mortem_page(
    site: Site, key: str, visitor: Visitor, *, status: int = 200, problems: dict[str, str] | None = None
) -> Response:
    """Return a post-mortem's page."""
    try:
        view = await run_in_threadpool(post_mortem_view, site.operations, key)
    except UnknownError as unknown:
        raise unknown_page(unknown) from unknown
    said = defaultdict(str, problems or {})
    return site.page("postmortem.html", visitor=visitor, status=status, view=view, problems=said)


def charts(strips: Strips) -> dict[str, object]:
    """Return what the live charts draw; times in seconds, as they want them."""
    return {
        "start": strips.start / SECOND,
        "end": strips.end / SECOND,
        "x": [at / SECOND for at in strips.times],
        "panels": strips.panels,
        "marks": [
            {"at": mark.at / SECOND, "number": mark.number, "kind": mark.kind} for mark in strips.marks
        ],
    }


async def static(request: Request) -> Response:
    """Serve a file by its name; what is asked for under its own hash may be kept for ever."""
    asset = assets().get(request.path_params["name"])
    if asset is None:
        return Response("There is no such file.", status_code=404, media_type="text/plain")
    known = request.query_params.get("v") == asset.tag
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if known else "no-cache",
        "ETag": f'"{asset.tag}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.zipped, media_type=asset.media_type, headers=headers)
    return Response(asset.body, media_type=asset.media_type, headers=headers)

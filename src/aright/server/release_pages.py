"""The pages of releases and their forms: each order does one thing and leads back to its page."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from aright.engine.operations import RefusedError, UnknownError
from aright.engine.release_operations import Order
from aright.server.problems import ProblemError
from aright.server.site import check_form, entered, form_of
from aright.web.releases import asking, release_view, releases_view

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from aright.server.gate import Visitor
    from aright.server.site import Site

ORDERS: Final = ("approve", "pause", "resume", "roll_back", "promote", "stop")
"""What a form may order."""

_ON_TOP: Final = frozenset({"pause", "resume"})
"""Orders whose effect is seen at the top of the page."""

_LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Tried:
    """What an order would do.

    Attributes:
        what: the order.
        steps: what would be done, in order.
        warnings: what speaks against it.
    """

    what: str
    steps: tuple[str, ...]
    warnings: tuple[str, ...]


def release_routes(site: Site) -> list[Route]:
    """Return the routes of the pages and their forms."""

    async def show_all(request: Request, visitor: Visitor) -> Response:
        service = request.query_params.get("service", "")[:_LONGEST_NAME]
        view = await run_in_threadpool(releases_view, site.operations, service)
        return site.page("releases.html", visitor=visitor, view=view)

    async def show(request: Request, visitor: Visitor) -> Response:
        return await _page(site, request.path_params["key"], visitor)

    async def order(request: Request, visitor: Visitor) -> Response:
        key, what = request.path_params["key"], request.path_params["what"]
        if what not in ORDERS:
            raise ProblemError(404, f"Nothing is called {what[:40]!r}.", "Use the buttons of the page.")
        form = await form_of(request)
        check_form(site, request, form, visitor.cookie)
        wanted = Order(
            what=what,
            by=visitor.name,
            text=form.get("text", "")[:4_000],
            confirm=form.get("confirm", ""),
            dry_run=form.get("dry_run") == "1",
        )
        try:
            done = await run_in_threadpool(lambda: asking(site.operations).order(key, wanted))
        except UnknownError as unknown:
            raise _unknown(unknown) from unknown
        except RefusedError as refused:
            problems = {what: f"{refused} {refused.fix}".strip()}
            return await _page(site, key, visitor, status=409, problems=problems)
        if wanted.dry_run:
            tried = Tried(what, done.steps[:40], done.warnings[:40])
            return await _page(site, key, visitor, tried=tried)
        return RedirectResponse(f"/releases/{key}" + ("" if what in _ON_TOP else "#act"), status_code=303)

    return [
        Route("/releases", entered(site, show_all)),
        Route("/releases/{key}", entered(site, show)),
        Route("/releases/{key}/{what}", entered(site, order), methods=["POST"]),
    ]


async def _page(
    site: Site,
    key: str,
    visitor: Visitor,
    *,
    status: int = 200,
    problems: dict[str, str] | None = None,
    tried: Tried | None = None,
) -> Response:
    try:
        view = await run_in_threadpool(release_view, site.operations, key)
    except UnknownError as unknown:
        raise _unknown(unknown) from unknown
    said = defaultdict(str, problems or {})
    offered = {deed.what for deed in (*view.acting.quick, *view.acting.weighed)}
    if view.acting.back is not None:
        offered.add(view.acting.back.what)
    # The release may have gone on meanwhile: what was refused is told even where its form is gone.
    said["other"] = " ".join(text for what, text in (problems or {}).items() if what not in offered)
    return site.page("release.html", visitor=visitor, status=status, view=view, problems=said, tried=tried)


def _unknown(unknown: UnknownError) -> ProblemError:
    return ProblemError(404, str(unknown), unknown.fix or "The list of releases shows those there are.")

"""The page of silences and its two forms."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from aright.engine.operations import RefusedError, UnknownError
from aright.server.pages import unknown_page
from aright.server.problems import ProblemError
from aright.server.silences import SilenceBody, made_from
from aright.server.site import check_form, entered, form_of
from aright.web.silences import silences_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from aright.engine.operations import Operations
    from aright.server.gate import Visitor
    from aright.server.site import Site

_NOTHING = {"matchers": "", "minutes": "", "comment": ""}


def silence_routes(site: Site) -> list[Route]:
    """Return the routes of the page and its forms."""

    async def show(_: Request, visitor: Visitor) -> Response:
        return await _page(site, visitor)

    async def make(request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        check_form(site, request, form, visitor.cookie)
        try:
            await run_in_threadpool(_make, site.operations, form, visitor.name)
        except RefusedError as refused:
            return await _page(site, visitor, form, problem=f"{refused}. {refused.fix}".strip(), status=409)
        except ProblemError as wrong:
            return await _page(
                site, visitor, form, problem=f"{wrong.problem} {wrong.fix}", status=wrong.status
            )
        return RedirectResponse("/silences", status_code=303)

    async def end(request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        check_form(site, request, form, visitor.cookie)
        key = request.path_params["key"]
        try:
            await run_in_threadpool(lambda: site.operations.alerts.end_silence(key, by=visitor.name))
        except UnknownError as unknown:
            raise unknown_page(unknown) from unknown
        except RefusedError as refused:
            return await _page(site, visitor, problem=f"{refused}. {refused.fix}".strip(), status=409)
        return RedirectResponse("/silences", status_code=303)

    return [
        Route("/silences", entered(site, show)),
        Route("/silences", entered(site, make), methods=["POST"]),
        Route("/silences/{key}/end", entered(site, end), methods=["POST"]),
    ]


async def _page(
    site: Site,
    visitor: Visitor,
    given: Mapping[str, str] | None = None,
    *,
    problem: str = "",
    status: int = 200,
) -> Response:
    view = await run_in_threadpool(silences_view, site.operations)
    return site.page(
        "silences.html",
        visitor=visitor,
        status=status,
        view=view,
        given={**_NOTHING, **(given or {})},
        problem=problem,
    )


def _make(operations: Operations, form: Mapping[str, str], by: str) -> object:
    minutes = form.get("minutes", "")
    if not minutes.isdecimal() or len(minutes) > 7:
        raise ProblemError(400, "For how long is no number.", "Give whole minutes.")
    body = SilenceBody(
        matchers=_matchers(form.get("matchers", "")),
        comment=form.get("comment", ""),
        minutes=int(minutes),
    )
    return operations.alerts.silence(made_from(body, by=by, now=operations.status().now))


def _matchers(text: str) -> tuple[str, ...]:
    """Return what stands between spaces; within quotes a space is a part.

    >>> _matchers('service=shop segment="region = north"')
    ('service=shop', 'segment=region = north')
    """
    parts = shlex.shlex(text, posix=True, punctuation_chars=False)
    parts.whitespace_split, parts.escape, parts.commenters = True, "", ""  # expressions have backslashes
    try:
        return tuple(parts)
    except ValueError as open_quote:
        raise ProblemError(
            400, f"The matchers cannot be read: {open_quote}.", "Close each quote."
        ) from open_quote

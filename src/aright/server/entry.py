"""The door for people: paste a token, or follow a one-time link; then a strict session cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from aright.server.auth import present
from aright.server.problems import ProblemError
from aright.server.sessions import COOKIE, DOORSTEP, new_doorstep, safe_next
from aright.server.site import (
    check_form,
    entered,
    form_of,
    onward,
    with_cookie,
    without_session,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from aright.server.gate import Visitor
    from aright.server.site import Site

_SESSION: Final = 7 * 24 * 3600
"""How long the browser keeps the cookie (seconds); the server ends the session earlier when it is idle."""


def entry_routes(site: Site) -> list[Route]:
    """Return the routes of the door."""

    async def ask(request: Request) -> Response:
        return _door(site, request, next_path=request.query_params.get("next", "/"))

    async def paste(request: Request) -> Response:
        try:
            return await _paste(site, request)
        except ProblemError as error:
            return site.problem(error)

    async def code(request: Request) -> Response:
        if request.method == "HEAD":
            return Response(status_code=204)  # whoever previews a link must not spend it
        return _follow(site, request)

    async def leave(request: Request, visitor: Visitor) -> Response:
        check_form(site, request, await form_of(request), visitor.cookie)
        site.gate.sessions.leave(visitor.cookie)
        return without_session(RedirectResponse("/enter", status_code=303))

    async def rename(request: Request, visitor: Visitor) -> Response:
        form = await form_of(request)
        check_form(site, request, form, visitor.cookie)
        site.gate.sessions.rename(visitor.cookie, _name(form))
        return RedirectResponse(safe_next(_path_of(request)), status_code=303)

    return [
        Route("/enter", ask),
        Route("/enter", paste, methods=["POST"]),
        Route("/enter/{code}", code),
        Route("/leave", entered(site, leave), methods=["POST"]),
        Route("/me", entered(site, rename), methods=["POST"]),
    ]


def _name(form: dict[str, str]) -> str:
    return form.get("name", "").strip()[:80] or "on call"


def _path_of(request: Request) -> str:
    """Return the path of the page that a form was on."""
    referer = request.headers.get("referer", "")
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return referer.removeprefix(origin) if referer.startswith(origin + "/") else "/"


def _door(site: Site, request: Request, *, next_path: str, problem: str = "", status: int = 200) -> Response:
    doorstep = request.cookies.get(DOORSTEP) or new_doorstep()
    page = site.page(
        "enter.html",
        visitor=None,
        status=status,
        form_token=site.gate.sessions.form_token(doorstep),
        next=safe_next(next_path),
        problem=problem,
    )
    return with_cookie(page, request, DOORSTEP, doorstep, seconds=3600)


async def _paste(site: Site, request: Request) -> Response:
    form = await form_of(request)
    check_form(site, request, form, request.cookies.get(DOORSTEP, ""))
    next_path = safe_next(form.get("next", "/"))
    _not_too_often(site, request)
    key = present(site.gate.tokens, form.get("token", ""))
    if key is None:
        problem = "That token is not valid here. Paste the whole of it, or make one: aright token new NAME."
        return _door(site, request, next_path=next_path, problem=problem, status=401)
    cookie = site.gate.sessions.open(_name(form), key)
    return with_cookie(
        RedirectResponse(next_path, status_code=303), request, COOKIE, cookie, seconds=_SESSION
    )


def _follow(site: Site, request: Request) -> Response:
    next_path = safe_next(request.query_params.get("next", "/"))
    if site.gate.browser(request) is not None:
        return RedirectResponse(next_path, status_code=303)
    try:
        _not_too_often(site, request)
    except ProblemError as error:
        return site.problem(error)
    cookie = site.gate.sessions.enter(request.path_params["code"])
    if cookie is None:
        problem = (
            "This link has been used, or it is older than ten minutes: each lets in once. For another, run "
            "aright incident link INC-1, or paste a token."
        )
        return _door(site, request, next_path=next_path, problem=problem, status=410)
    return with_cookie(onward(next_path), request, COOKIE, cookie, seconds=_SESSION)


def _not_too_often(site: Site, request: Request) -> None:
    """Count an attempt; raises ``ProblemError`` (429) where there have been too many."""
    wait = site.attempts.wait(request.client.host if request.client else "")
    if wait:
        raise ProblemError(
            429,
            "There have been too many attempts to enter.",
            f"Try again in {wait} s.",
            headers={"Retry-After": str(wait)},
        )

"""What every page handler shares: who is there, how pages and errors are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote

from starlette.responses import HTMLResponse, RedirectResponse

from aright.server.dispatch import bounded
from aright.server.problems import ProblemError
from aright.server.sessions import COOKIE, safe_next
from aright.web.render import render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from aright.engine.operations import Operations
    from aright.server.gate import Gate, Visitor
    from aright.server.limits import Attempts

_LARGEST_FORM: Final = 64 * 1024


@dataclass(frozen=True)
class Site:
    """The browser's part of the server.

    Attributes:
        operations: the engine's face.
        gate: who may come in.
        attempts: how often somebody may try to.
    """

    operations: Operations
    gate: Gate
    attempts: Attempts

    def page(
        self, template: str, *, visitor: Visitor | None, status: int = 200, **context: object
    ) -> HTMLResponse:
        """Return a page for a visitor; its forms carry the visitor's token against forgery."""
        form_token = self.gate.sessions.form_token(visitor.cookie) if visitor and visitor.cookie else ""
        given = {"visitor": visitor, "form_token": form_token, **context}
        return HTMLResponse(render(template, **given), status_code=status)

    def problem(self, error: ProblemError, visitor: Visitor | None = None) -> HTMLResponse:
        """Return an error as a page."""
        titles = {403: "Not allowed", 404: "Not here", 409: "Not now", 429: "Too often", 500: "aright failed"}
        made = self.page(
            "problem.html",
            visitor=visitor,
            status=error.status,
            code=error.status,
            title=titles.get(error.status, "That did not work"),
            problem=error.problem,
            fix=error.fix,
        )
        made.headers.update(error.headers)
        return made


def entered(
    site: Site, handler: Callable[[Request, Visitor], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler behind the door: others are sent to it, and problems become pages."""

    async def serve(request: Request) -> Response:
        visitor = site.gate.reader(request)
        if visitor is None:
            return _to_the_door(request)
        try:
            return await handler(request, visitor)
        except ProblemError as error:
            return site.problem(error, visitor)

    return serve


def _to_the_door(request: Request) -> Response:
    """Send somebody without a session to the door.

    A strict cookie is not sent along when a link on another site is followed, so such a request is made once
    more from here, where the cookie comes with it.
    """
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("sec-fetch-site") == "cross-site" and request.method == "GET":
        return onward(here)
    return RedirectResponse(f"/enter?next={quote(safe_next(here), safe='/')}", status_code=303)


def onward(path: str) -> HTMLResponse:
    """Return a page that at once opens ``path`` as a navigation of this site's own."""
    return HTMLResponse(render("bounce.html", next=safe_next(path)))


async def form_of(request: Request) -> dict[str, str]:
    """Return a posted form's fields; raises ``ProblemError`` where it is too large or no form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise ProblemError(415, "That was no form.", "Send application/x-www-form-urlencoded.")
    body = await bounded(request, _LARGEST_FORM)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError as bad:
        raise ProblemError(400, f"The form cannot be read: {bad}.", "Go back and try again.") from bad
    return dict(pairs)


def check_form(site: Site, request: Request, form: dict[str, str], cookie: str) -> None:
    """Refuse a form that another site made a browser send; raises ``ProblemError`` (403).

    Its token must be the one of the visitor's cookie, and a browser that says where the form came from must
    say "from here".
    """
    from_here = request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    if not from_here or not cookie or not site.gate.sessions.form_fits(cookie, form.get("form_token", "")):
        raise ProblemError(
            403, "This form is not one of aright's, or it is too old.", "Load the page again, then repeat."
        )


def with_cookie(response: Response, request: Request, name: str, value: str, *, seconds: int) -> Response:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return response


def without_session(response: Response) -> Response:
    """Take the session's cookie away."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response

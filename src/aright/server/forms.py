"""The forms of an incident's page: each does one thing and leads back to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.routing import Route

from aright.engine.operations import RefusedError, UnknownError
from aright.server.pages import incident_page, post_mortem_page, unknown_page
from aright.server.problems import ProblemError
from aright.server.site import check_form, entered, form_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from aright.engine.operations import Operations
    from aright.server.gate import Visitor
    from aright.server.site import Site

    Deed = Callable[[Operations, str, str, Mapping[str, str]], object]


def _note(operations: Operations, key: str, by: str, form: Mapping[str, str]) -> object:
    text = form.get("text", "").strip()
    if not text:
        raise RefusedError("Write something first.")
    return operations.note(key, by=by, text=text[:4_000])


def _mitigate(operations: Operations, key: str, by: str, form: Mapping[str, str]) -> object:
    return operations.mitigate(
        key,
        by=by,
        action=form.get("action", ""),
        dry_run=form.get("dry_run") == "1",
        confirm=form.get("confirm", ""),
    )


def _undo(operations: Operations, key: str, by: str, form: Mapping[str, str]) -> object:
    return operations.undo(key, by=by, mitigation=form.get("mitigation", ""), confirm=form.get("confirm", ""))


DEEDS: Mapping[str, tuple[Deed, str]] = {
    "acknowledge": (lambda operations, key, by, _: operations.acknowledge(key, by=by), ""),
    "note": (_note, "#timeline"),
    "mitigate": (_mitigate, "#act"),
    "undo": (_undo, "#act"),
    "resolve": (
        lambda operations, key, by, form: operations.resolve(
            key, by=by, text=form.get("text", "")[:4_000], confirm=form.get("confirm", "")
        ),
        "",
    ),
    "review": (lambda operations, key, by, _: operations.review(key, by=by), ""),
    "close": (lambda operations, key, by, _: operations.close_incident(key, by=by), ""),
}
"""Verb → what it does, and where on the page its effect is seen."""


def form_routes(site: Site) -> list[Route]:
    """Return the routes of the forms."""

    async def act(request: Request, visitor: Visitor) -> Response:
        verb, key = request.path_params["verb"], request.path_params["key"]
        if verb not in DEEDS:
            raise ProblemError(404, f"Nothing is called {verb[:40]!r}.", "Use the buttons of the page.")
        form = await form_of(request)
        check_form(site, request, form, visitor.cookie)
        deed, where = DEEDS[verb]
        try:
            await run_in_threadpool(deed, site.operations, key, visitor.name, form)
        except UnknownError as unknown:
            raise unknown_page(unknown) from unknown
        except RefusedError as refused:
            about = form.get("action") or form.get("mitigation", "")
            problems = {verb: f"{refused} {refused.fix}".strip(), "about": about}
            page = post_mortem_page if _from_post_mortem(request) else incident_page
            return await page(site, key, visitor, status=409, problems=problems)
        back = "/post-mortem" if _from_post_mortem(request) else ""
        return RedirectResponse(f"/incidents/{key}{back}{where}", status_code=303)

    return [Route("/incidents/{key}/{verb}", entered(site, act), methods=["POST"])]


def _from_post_mortem(request: Request) -> bool:
    return request.headers.get("referer", "").split("?")[0].endswith("/post-mortem")

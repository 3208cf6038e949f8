"""Asking an ASGI application as a program or a browser would, without a network."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import httpx

from aright.server.app import build_app
from aright.server.auth import KnownTokens
from tests.unit.web.fake import busy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from aright.engine.operations import Operations

TOKEN = "right-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Clock:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Client:
    """Keeps cookies as a browser does; each request runs in an event loop of its own."""

    def __init__(self, app: ASGIApp, *, address: str = "10.0.0.1") -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 1))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://aright.test")

    @property
    def cookies(self) -> httpx.Cookies:
        return self._client.cookies

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        return asyncio.run(
            self._client.request(method, path, headers=headers, data=form, json=json, content=content)
        )

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    def enter(self, name: str = "Ada") -> Client:
        """Paste the token at the door."""
        answer = self.post("/enter", {"token": TOKEN, "name": name, "next": "/"}, on="/enter")
        assert answer.status_code == 303, answer.text
        return self

    def post(self, path: str, form: Mapping[str, str], *, on: str = "/", **headers: str) -> httpx.Response:
        """Post a form with the token that the page it is on carries."""
        found = form_token(self.get(on).text)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, form={"form_token": found, **form}, headers=named)


def form_token(page: str) -> str:
    """Return the token against forgery of a page's first form."""
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert found, "the page has no form"
    return found[1]


def app_of(operations: Operations | None = None, clock: Clock | None = None) -> ASGIApp:
    """Return the server over an engine in memory."""
    return build_app(operations or busy(), KnownTokens(TOKEN), clock=clock or Clock())

"""The office where ServiceNow gives out OAuth2 tokens: password, client credentials, refresh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import msgspec

from tests.contract.listening import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT: Final = "client-of-the-integration"
CLIENT_SECRET: Final = "secret-of-the-client"
LIFE: Final = 1799
"""Seconds that a token holds."""


class TokenOffice:
    """Gives out tokens and knows whose they are."""

    def __init__(self, users: dict[str, str], now: Callable[[], float]) -> None:
        self._users = users
        self._now = now
        self._made = 0
        self._tokens: dict[str, tuple[str, float]] = {}
        self._refreshes: dict[str, str] = {}
        self.given: list[str] = []

    def user_of(self, token: str) -> str:
        """Return who holds a token; empty for nobody any more."""
        user, until = self._tokens.get(token, ("", 0.0))
        return user if self._now() < until else ""

    def revoke(self, *, refreshes: bool = False) -> None:
        """Let all tokens end, and on demand what they are renewed with."""
        self._tokens.clear()
        if refreshes:
            self._refreshes.clear()

    def answer(self, request: Request) -> Reply:
        form = dict(parse_qsl(request.body.decode()))
        kind = form.get("grant_type", "")
        user = ""
        if (form.get("client_id"), form.get("client_secret")) == (CLIENT, CLIENT_SECRET):
            user = self._user(kind, form)
        if request.method != "POST" or not user:
            told = {"error_description": "access_denied", "error": "server_error"}
            return Reply(401, msgspec.json.encode(told), {"Content-Type": "application/json"})
        self.given.append(kind)
        return self._token(user, renewable=kind != "client_credentials")

    def _user(self, kind: str, form: dict[str, str]) -> str:
        if kind == "password":
            name = form.get("username", "")
            return name if name and self._users.get(name) == form.get("password") else ""
        if kind == "refresh_token":
            return self._refreshes.get(form.get("refresh_token", ""), "")
        return next(iter(self._users)) if kind == "client_credentials" else ""

    def _token(self, user: str, *, renewable: bool) -> Reply:
        self._made += 1
        token, refresh = f"token-{self._made}", f"refresh-{self._made}"
        self._tokens[token] = (user, self._now() + LIFE)
        told: dict[str, object] = {
            "access_token": token,
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": LIFE,
        }
        if renewable:
            self._refreshes[refresh] = user
            told["refresh_token"] = refresh
        return Reply(200, msgspec.json.encode(told), {"Content-Type": "application/json"})

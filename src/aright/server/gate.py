"""Who a request comes from: a program with a token, or somebody's browser with a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aright.server.auth import bearer, present, token_in
from aright.server.problems import ProblemError
from aright.server.sessions import COOKIE

if TYPE_CHECKING:
    from starlette.requests import Request

    from aright.server.auth import Tokens
    from aright.server.sessions import Sessions

PROGRAM = "api"
"""Who acts when a program does not say."""


@dataclass(frozen=True)
class Visitor:
    """Who is there.

    Attributes:
        name: who acts, as timelines show it.
        token: SHA-256 of the token that let them in.
        cookie: the session's cookie; empty for a program.
    """

    name: str
    token: str
    cookie: str = ""


class Gate:
    """Lets requests in by token, or by session where the session's token is still valid."""

    def __init__(self, tokens: Tokens, sessions: Sessions) -> None:
        self.tokens = tokens
        self.sessions = sessions

    def program(self, request: Request) -> Visitor | None:
        """Return the program that presents a valid token."""
        key = bearer(self.tokens, request.headers.get("authorization"))
        return Visitor(PROGRAM, key) if key else None

    def hook(self, request: Request) -> Visitor | None:
        """Return the program that presents a valid token, in a header or in the address that it asks."""
        key = present(self.tokens, token_in(request.headers.get("authorization", "")))
        return Visitor(PROGRAM, key) if key else None

    def browser(self, request: Request) -> Visitor | None:
        """Return whose session it is."""
        cookie = request.cookies.get(COOKIE)
        session = self.sessions.find(cookie)
        if session is None or cookie is None:
            return None
        if not self.tokens.knows(session.token):
            self.sessions.leave(cookie)
            return None
        return Visitor(session.name, session.token, cookie)

    def reader(self, request: Request) -> Visitor | None:
        """Return who wants to read: either will do, since reading changes nothing."""
        return self.program(request) or self.browser(request)


def refused() -> ProblemError:
    """Return the error for a request without a valid token."""
    return ProblemError(
        401,
        "No valid token was presented.",
        "Send 'Authorization: Bearer TOKEN'; `aright token new NAME` makes one.",
        headers={"WWW-Authenticate": 'Bearer realm="aright"'},
    )

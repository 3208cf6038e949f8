"""Browser sessions: one-time entry codes, cookies and the tokens that forms carry against forgery.

Sessions live in memory alone: a restart signs everybody out, and nothing on disk can be stolen.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

COOKIE: Final = "aright_session"
DOORSTEP: Final = "aright_doorstep"
"""The cookie of somebody who has not entered yet; the entry form's token is bound to it."""

_SESSION_SECONDS: Final = 12 * 3600.0
_CODE_SECONDS: Final = 600.0
_KEPT: Final = 1_000


@dataclass(frozen=True)
class Session:
    """Somebody's browser.

    Attributes:
        name: who acts, as timelines show it.
        token: SHA-256 of the token it was opened with; the session ends when that is revoked.
        until: when it ends unless used (monotonic seconds).
    """

    name: str
    token: str
    until: float


def _hashed(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


class Sessions:
    """Sessions and entry codes; both are random, kept as hashes, bounded in number and expire.

    Args:
        clock: a monotonic clock (seconds).

    >>> sessions = Sessions(clock=lambda: 0.0)
    >>> code = sessions.new_code("Ada", "hash-of-a-token")
    >>> cookie = sessions.enter(code)
    >>> sessions.find(cookie).name, sessions.enter(code)
    ('Ada', None)
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._codes: OrderedDict[str, Session] = OrderedDict()

    def new_code(self, name: str, token: str) -> str:
        """Return a code that opens one session within ten minutes."""
        code = secrets.token_urlsafe(24)
        self._keep(self._codes, code, Session(name, token, self._clock() + _CODE_SECONDS))
        return code

    def enter(self, code: str) -> str | None:
        """Spend a code; return the new session's cookie, or ``None`` where it is spent, stale or unknown."""
        opened = self._codes.pop(_hashed(code), None)
        if opened is None or opened.until < self._clock():
            return None
        return self.open(opened.name, opened.token)

    def open(self, name: str, token: str) -> str:
        """Open a session and return its cookie."""
        cookie = secrets.token_urlsafe(32)
        self._keep(self._sessions, cookie, Session(name, token, self._clock() + _SESSION_SECONDS))
        return cookie

    def find(self, cookie: str | None) -> Session | None:
        """Return the session, which lives on for twelve hours from now, or ``None``."""
        if not cookie:
            return None
        key = _hashed(cookie)
        session = self._sessions.get(key)
        if session is None:
            return None
        if session.until < self._clock():
            del self._sessions[key]
            return None
        self._sessions[key] = replace(session, until=self._clock() + _SESSION_SECONDS)
        self._sessions.move_to_end(key)
        return session

    def rename(self, cookie: str, name: str) -> None:
        """Let the session act under another name."""
        session = self.find(cookie)
        if session is not None:
            self._sessions[_hashed(cookie)] = replace(session, name=name)

    def leave(self, cookie: str) -> None:
        """End a session."""
        self._sessions.pop(_hashed(cookie), None)

    def form_token(self, cookie: str) -> str:
        """Return what forms of this cookie's bearer must carry."""
        return hmac.new(self._key, cookie.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def form_fits(self, cookie: str, presented: str) -> bool:
        """Return whether a form carries the token of its cookie."""
        expected = self.form_token(cookie).encode()
        return hmac.compare_digest(expected, presented.encode("utf-8", "surrogatepass"))

    def _keep(self, where: OrderedDict[str, Session], secret: str, session: Session) -> None:
        where[_hashed(secret)] = session
        while len(where) > _KEPT:
            where.popitem(last=False)


def new_doorstep() -> str:
    """Return a fresh cookie for somebody who has not entered yet."""
    return secrets.token_urlsafe(24)


def safe_next(path: str) -> str:
    r"""Return ``path`` where it stays on this server, else ``/``.

    >>> safe_next("/incidents/INC-1"), safe_next("//evil.example"), safe_next("/\\evil"), safe_next("https://x")
    ('/incidents/INC-1', '/', '/', '/')
    """
    stays = path.startswith("/") and not path.startswith(("//", "/\\")) and len(path) <= 500
    return path if stays and path.isprintable() and "\\" not in path else "/"

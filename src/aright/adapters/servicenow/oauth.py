"""Who asks: by Basic authentication, or by OAuth2 tokens that are kept in memory alone.

Tokens come from ``/oauth_token.do`` by the password grant or by client credentials (RFC 6749 §4.3, §4.4), and
are renewed by what came with them (§6).
"""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from aright.adapters.servicenow.errors import DeniedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.adapters.servicenow.config import ServiceNowConfig

EARLY: Final = 60.0
"""A token is renewed so many seconds before it ends."""

_LONGEST_LIFE: Final = 86_400.0


class Token(msgspec.Struct, frozen=True):
    """What the instance gives out."""

    access_token: str
    expires_in: float = 1_800.0
    refresh_token: str = ""


class Who(Protocol):
    """Says in each request who asks."""

    def header(self) -> str:
        """Return the ``Authorization`` header."""
        ...

    def renew(self, refused: str) -> bool:
        """Forget the header that was refused; return whether asking again may help."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        ...


class Basic:
    """Sends user and password with each request."""

    def __init__(self, config: ServiceNowConfig) -> None:
        pair = b64encode(f"{config.user}:{config.password}".encode()).decode()
        self._pair = pair
        self._password = config.password

    def header(self) -> str:
        """Return the header; it is always the same."""
        return f"Basic {self._pair}"

    def renew(self, refused: str) -> bool:  # noqa: ARG002 - a password is no better the second time
        """Return that asking again does not help."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """Return the password, and how it is written in the header."""
        return (self._pair, self._password)


class OAuth:
    """Holds a token; thread-safe.

    Args:
        config: the application, and the user where there is one.
        fetch: posts a form to the instance and returns the token; raises what the wire raises.
        now: a monotonic clock (seconds).
    """

    def __init__(
        self,
        config: ServiceNowConfig,
        fetch: Callable[[dict[str, str]], Token],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._fetch = fetch
        self._now = now
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._until = 0.0

    def header(self) -> str:
        """Return the header with a token that holds for a while; gets one first where there is none."""
        with self._lock:
            token = self._token
            if token is None or self._now() >= self._until:
                token = self._get(token.refresh_token if token else "")
                self._token = token
                life = min(max(token.expires_in, 0.0), _LONGEST_LIFE)
                self._until = self._now() + max(life - EARLY, life / 2)
            return f"Bearer {token.access_token}"

    def renew(self, refused: str) -> bool:
        """Let the next header be a new token, unless another thread has got one already."""
        with self._lock:
            if self._token is not None and refused == f"Bearer {self._token.access_token}":
                self._until = 0.0
        return True

    def secrets(self) -> tuple[str, ...]:
        """Return passwords and tokens."""
        token = self._token
        held = (token.access_token, token.refresh_token) if token else ()
        return (self._config.password, self._config.client_secret, *held)

    def _get(self, refresh: str) -> Token:
        """Renew by what came with the last token; where that is refused, begin anew."""
        config = self._config
        client = {"client_id": config.client_id, "client_secret": config.client_secret}
        if refresh:
            try:
                return self._fetch({"grant_type": "refresh_token", "refresh_token": refresh, **client})
            except DeniedError:
                pass  # it has ended, too
        if not config.user:
            return self._fetch({"grant_type": "client_credentials", **client})
        user = {"username": config.user, "password": config.password}
        return self._fetch({"grant_type": "password", **user, **client})

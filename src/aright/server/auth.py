"""Who may call: tokens, known by their SHA-256 alone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Final, Protocol

from aright.core.model.bookkeeping import Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aright.core.model.times import Micros

_LONGEST: Final = 512
"""A presented token longer than this (characters) is refused unread: hashing is not free."""


def digest(secret: str) -> str:
    """Return the SHA-256 of a token, hex, which is all that is ever kept of it.

    >>> digest("abc")[:12]
    'ba7816bf8f01'
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_token(name: str, at: Micros) -> tuple[str, Token]:
    """Return a fresh token (256 random bits, to be shown once) and what to keep of it."""
    secret = "aright_" + secrets.token_urlsafe(32)
    return secret, Token(key=digest(secret), name=name, created_at=at)


class Tokens(Protocol):
    """The tokens that are valid now."""

    def find(self, key: str) -> Token | None:
        """Return the token whose SHA-256 (hex) is ``key``, or ``None``; called on the event loop."""
        ...


class KnownTokens:
    """Tokens at hand, read again now and then so that a revoked one stops working.

    Args:
        load: returns all valid tokens.
        every: how old the copy may get (seconds); a token revoked elsewhere works that long at most.
        clock: a monotonic clock (seconds).

    >>> secret, token = new_token("laptop", 0)
    >>> KnownTokens(lambda: [token]).find(digest(secret)).name
    'laptop'
    """

    def __init__(
        self,
        load: Callable[[], Iterable[Token]],
        *,
        every: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._every = every
        self._clock = clock
        self._read_at = float("-inf")
        self._known: tuple[Token, ...] = ()

    def find(self, key: str) -> Token | None:
        """Return the token with this hash; every hash is compared, in constant time each."""
        if self._clock() - self._read_at >= self._every:
            self._known = tuple(self._load())
            self._read_at = self._clock()
        found = None
        for token in self._known:
            if hmac.compare_digest(token.key.encode(), key.encode()):
                found = token
        return found


def bearer(tokens: Tokens, authorization: str | bytes | None) -> Token | None:
    """Return the token that an ``Authorization`` header presents, or ``None`` where it is not a valid one.

    >>> secret, token = new_token("laptop", 0)
    >>> known = KnownTokens(lambda: [token])
    >>> bearer(known, f"Bearer {secret}") == token, bearer(known, "Basic eDp5"), bearer(known, None)
    (True, None, None)
    """
    if not authorization or len(authorization) > _LONGEST:
        return None
    text = authorization.decode("latin-1") if isinstance(authorization, bytes) else authorization
    scheme, _, secret = text.partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    return present(tokens, secret)


def present(tokens: Tokens, secret: str) -> Token | None:
    """Return the valid token that ``secret`` is, or ``None``."""
    secret = secret.strip()
    if not secret or len(secret) > _LONGEST:
        return None
    return tokens.find(digest(secret))

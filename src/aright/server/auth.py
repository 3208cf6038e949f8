"""Who may call: tokens, known by their SHA-256 alone."""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

_LONGEST: Final = 512
"""A presented token longer than this (characters) is refused unread: hashing is not free."""


def digest(token: str) -> str:
    """Return the SHA-256 of a token, hex, which is all that is ever kept of it.

    >>> digest("abc")[:12]
    'ba7816bf8f01'
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Tokens(Protocol):
    """The tokens that are valid now; both are asked on the event loop and must not wait for a disk."""

    def authorised(self, token: str) -> bool:
        """Return whether the token is valid."""
        ...

    def knows(self, key: str) -> bool:
        """Return whether the token whose SHA-256 (hex) is ``key`` is valid."""
        ...


class KnownTokens:
    """A fixed set of tokens, for tests and for embedding.

    >>> known = KnownTokens("secret")
    >>> known.authorised("secret"), known.authorised("guess"), known.knows(digest("secret"))
    (True, False, True)
    """

    def __init__(self, *tokens: str) -> None:
        self._keys = frozenset(digest(token) for token in tokens)

    def authorised(self, token: str) -> bool:
        """Return whether the token is one of them."""
        return digest(token) in self._keys

    def knows(self, key: str) -> bool:
        """Return whether a token with this hash is one of them."""
        return key in self._keys


def present(tokens: Tokens, token: str) -> str | None:
    """Return the hash of a presented token where it is valid, or ``None``.

    >>> present(KnownTokens("secret"), " secret ") == digest("secret"), present(KnownTokens(), "x")
    (True, None)
    """
    token = token.strip()
    if not token or len(token) > _LONGEST or not token.isascii() or not tokens.authorised(token):
        return None
    return digest(token)


def bearer(tokens: Tokens, authorization: str | bytes | None) -> str | None:
    """Return the hash of the token in an ``Authorization`` header where it is valid, or ``None``.

    >>> known = KnownTokens("secret")
    >>> bearer(known, b"Bearer secret") == digest("secret"), bearer(known, "Basic eDp5"), bearer(known, None)
    (True, None, None)
    """
    if not authorization:
        return None
    text = authorization.decode("latin-1") if isinstance(authorization, bytes) else authorization
    scheme, _, token = text.partition(" ")
    return present(tokens, token) if scheme.lower() == "bearer" else None

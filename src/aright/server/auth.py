"""Who may call: tokens, known by their SHA-256 alone."""

from __future__ import annotations

import base64
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


def token_in(header: str) -> str:
    """Return the token of an ``Authorization`` header, empty where there is none.

    ``Basic`` carries it as the password, whoever the user is: all that many webhooks can do is to send what
    stands in their URL, ``https://aright:TOKEN@…`` (RFC 7617).

    >>> token_in("Bearer abc"), token_in("Basic YXJpZ2h0OmFiYw=="), token_in("Basic ???"), token_in("")
    ('abc', 'abc', '', '')
    """
    scheme, _, said = header.partition(" ")
    if scheme.lower() == "bearer":
        return said.strip()
    if scheme.lower() != "basic" or len(said) > 4 * _LONGEST:
        return ""
    try:
        return base64.b64decode(said.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


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

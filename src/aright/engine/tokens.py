"""Tokens: who may use the doors. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Final

from aright.core.model.bookkeeping import Token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.ports.clock import Clock
    from aright.ports.state import State

_SHORTEST_START: Final = 6


def digest(token: str) -> str:
    """Return the SHA-256 of a token, hex; tokens are random, so no salt is needed.

    >>> digest("a")[:8]
    'ca978112'
    """
    return hashlib.sha256(token.encode()).hexdigest()


class Tokens:
    """Makes, lists, revokes and recognises tokens.

    Recognising reads memory alone: a token that another process made or revoked counts from ``refresh`` on.
    """

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self.refresh()

    def refresh(self) -> None:
        """Read the store again."""
        self._known = frozenset(token.key for token in self.all())

    def all(self) -> Sequence[Token]:
        """Return every token's record, the newest first."""
        with self._state.transaction() as tx:
            return tx.list(Token)

    def make(self, name: str, *, short: bool = False) -> str:
        """Make a token and return it: the only time that it is seen.

        Args:
            name: what it is for.
            short: makes it of 32 letters and digits, which is what PagerDuty's routing keys are: 128 bits.
        """
        token = secrets.token_hex(16) if short else "ar_" + secrets.token_urlsafe(32)
        self.admit(token, name)
        return token

    def admit(self, token: str, name: str) -> None:
        """Let a given token in from now on."""
        with self._state.transaction() as tx:
            tx.put(Token(key=digest(token), name=name, created_at=self._clock.now()))
        self.refresh()

    def revoke(self, start: str) -> bool:
        """Revoke the one token whose hash begins with ``start``; return whether there was exactly one."""
        found = [token for token in self.all() if token.key.startswith(start)]
        if len(found) != 1 or len(start) < _SHORTEST_START:
            return False
        with self._state.transaction() as tx:
            tx.delete(Token, found[0].key)
        self.refresh()
        return True

    def authorised(self, token: str) -> bool:
        """Return whether the token is known. Hashing first makes the comparison's timing tell nothing."""
        return digest(token) in self._known

    def knows(self, key: str) -> bool:
        """Return whether a token with this hash is valid, so that a browser's session ends with its token."""
        return key in self._known

"""Fields that do not leave the process: told by name, at any depth, masked or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

SECRETS: Final = (
    "password",
    "passwd",
    "secret",
    "client_secret",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "api_key",
    "authorization",
    "credentials",
    "private_key",
    "cookie",
    "session",
    "session_id",
    "card_number",
    "cvv",
    "cvc",
    "pin",
    "iban",
    "ssn",
)
"""Names that are masked unless others are given."""

_MASK: Final = "***"


class Privacy:
    """Masks and drops the fields of JSON documents by their names.

    Capitals, ``_`` and ``-`` do not matter: ``access_token`` means ``accessToken`` too. A masked value keeps
    its type, so that a contract can still say that it has changed: text becomes ``***``, a number 0, a
    boolean false, a list or an object an empty one.

    >>> private = Privacy(mask=["token"], drop=["notes"])
    >>> private.clean(b'{"id": 7, "Token": "s3cret", "notes": "x"}')
    b'{"id":7,"Token":"***"}'
    """

    def __init__(self, mask: Iterable[str] = SECRETS, drop: Iterable[str] = ()) -> None:
        self._mask = _names(mask)
        self._drop = _names(drop)
        self._known: dict[str, int] = {}

    def text(self, body: object) -> str:
        """Return JSON text, or any value as such, without what is private; raises as ``clean`` does."""
        if isinstance(body, str):
            body = body.encode()
        return self.clean(body if isinstance(body, bytes) else msgspec.json.encode(body)).decode()

    def clean(self, body: bytes) -> bytes:
        """Return a JSON document without what is private, as it came where nothing is.

        Raises ``ValueError`` where it is no JSON, and ``RecursionError`` where it is nested too deep.
        """
        document = msgspec.json.decode(body)
        kept = self._clean(document)
        return body if kept is document else msgspec.json.encode(kept)

    def _clean(self, value: object) -> object:
        """Return the same object where nothing in it is private."""
        if type(value) is dict:
            kept = {
                name: self._masked(inner) if rule else self._clean(inner)
                for name, inner in value.items()
                if (rule := self._rule(name)) < 2
            }
            same = len(kept) == len(value) and all(kept[name] is inner for name, inner in value.items())
            return value if same else kept
        if type(value) is list:
            items = [self._clean(inner) for inner in value]
            return value if all(one is two for one, two in zip(items, value, strict=True)) else items
        return value

    def _rule(self, name: str) -> int:
        """Return 0 for a name that may go, 1 for one that is masked, 2 for one that is dropped."""
        rule = self._known.get(name)
        if rule is None:
            plain = _plain(name)
            rule = 2 if plain in self._drop else int(plain in self._mask)
            if len(self._known) < 10_000:  # a host's names are few; a map's keys may be anything
                self._known[name] = rule
        return rule

    @staticmethod
    def _masked(value: object) -> object:
        if value is None:
            return None
        return _MASK if isinstance(value, str) else type(value)()


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _names(given: Iterable[str]) -> frozenset[str]:
    return frozenset(_plain(str(name)) for name in ([given] if isinstance(given, str) else given or ()))

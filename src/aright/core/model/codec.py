"""Documents as JSON text, the same in every state database."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from aright.core.model.document import Document

D = TypeVar("D", bound="Document")


class UnkeepableError(ValueError):
    """The document cannot be written so that it reads back. Its text names the document and the field."""


def collection(kind: type[msgspec.Struct]) -> str:
    """Return the name of the collection that holds a type's documents.

    >>> from aright.core.model.incident import Incident
    >>> collection(Incident)
    'Incident'
    """
    return kind.__name__


def service_of(value: Document) -> str | None:
    """Return the service that a document belongs to, or ``None`` where it belongs to none.

    >>> from aright.core.model.service import Service
    >>> service_of(Service(key="shop"))
    'shop'
    """
    if collection(type(value)) == "Service":
        return value.key
    service: str | None = getattr(value, "service", None)
    return service


def tag_of(value: Document) -> str:
    """Return what a document is looked up by besides its service; empty for most.

    >>> from aright.core.model.incident import Incident, State
    >>> tag_of(
    ...     Incident(key="INC-1", service="s", state=State.TRIAGED, title="", opened_at=0, began_at=0)
    ... )
    'open'
    """
    return str(getattr(value, "tag", ""))


def encode(value: Document) -> bytes:
    """Return a document as JSON; raises ``UnkeepableError`` where it would not read back.

    JSON has no NaN and no infinity, and a document that cannot be read again would block every later look
    at its collection: it is refused here, where the writer can still be told.
    """
    try:
        body = msgspec.json.encode(value)
        msgspec.json.decode(body, type=type(value))
    except (msgspec.MsgspecError, UnicodeEncodeError, TypeError) as error:
        raise UnkeepableError(
            f"{collection(type(value))} {value.key!r} cannot be kept: {error}. "
            "Its numbers must be finite, its texts valid Unicode and its fields of their declared types."
        ) from error
    return body


def decode(body: bytes, kind: type[D]) -> D:
    """Read what ``encode`` wrote.

    >>> from aright.core.model.service import Service
    >>> decode(encode(Service(key="shop", tier=1)), Service).tier
    1
    """
    return msgspec.json.decode(body, type=kind)

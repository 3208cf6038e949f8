"""Web addresses in catalogs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from aright.adapters.catalog.reading import Reader


def web_address(reader: Reader, name: str, *, needed: bool = False) -> str:
    """Return a field that is a web address without a password in it."""
    url = reader.text(name, needed=needed)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
    if not sound or any(sign.isspace() for sign in url):
        reader.tell(
            name, f"{name} is no web address", "requests go there", "Begin it with https:// or http://"
        )
        return ""
    if parts.username or parts.password:
        reader.tell(
            name,
            f"{name} has a name or password in it",
            "the catalog is shown to everybody who may read it",
            "Take it out; requests are signed with the action's secret",
        )
        return ""
    return url

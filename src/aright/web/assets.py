"""Static files: read once, known by their hash, so that browsers may keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Asset:
    """One file.

    Attributes:
        name: its path below the static folder.
        media_type: what it is.
        body: its bytes.
        zipped: the same, gzip.
        tag: the first 16 digits of its SHA-256, hex.
    """

    name: str
    media_type: str
    body: bytes
    zipped: bytes
    tag: str

    @property
    def url(self) -> str:
        """Where pages find it; the tag changes with the content."""
        return f"/static/{self.name}?v={self.tag}"


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Return every file that pages use, by name.

    >>> sorted(name for name in assets() if name.endswith(".css"))
    ['app.css', 'vendor/uplot-1.6.32.min.css']
    """
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in _TYPES:
            body = path.read_bytes()
            name = path.relative_to(FOLDER).as_posix()
            found[name] = Asset(
                name=name,
                media_type=_TYPES[path.suffix],
                body=body,
                zipped=gzip.compress(body, 9, mtime=0),
                tag=hashlib.sha256(body).hexdigest()[:16],
            )
    return found


def asset_url(name: str) -> str:
    """Return where pages find a file; raises ``KeyError`` for one that is not there."""
    return assets()[name].url

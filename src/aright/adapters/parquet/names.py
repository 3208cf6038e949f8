"""The names of segment files, which are also their manifest.

``KIND/s=SERVICE/FIRST-LAST-START-END-ROWS.parquet``: log positions, times (µs) and rows. A file appears under
its name by one rename, whole and on disk; there is no second place that could disagree after a crash.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, unquote

from aright.core.model.frame import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.times import Micros

TEMPORARY: Final = ".tmp"
_NAME: Final = re.compile(r"(\d+)-(\d+)-(-?\d+)-(-?\d+)-(\d+)\.parquet")
_LONGEST: Final = 250  # of a folder's name; file systems take 255 bytes


class Segment(NamedTuple):
    """One file; sorts by position.

    Attributes:
        first: log position of its first body.
        last: log position behind its last body.
        start: time of its earliest row (µs, UTC).
        end: time of its latest row (µs, UTC).
        rows: how many it has.
        kind: what they are.
        service: whose they are.
    """

    first: int
    last: int
    start: Micros
    end: Micros
    rows: int
    kind: Kind
    service: str

    def path(self, folder: Path) -> Path:
        """Return where it lies."""
        name = f"{self.first:020d}-{self.last:020d}-{self.start}-{self.end}-{self.rows}.parquet"
        return folder_of(folder, self.kind, self.service) / name

    def holds(self, first: int, last: int) -> bool:
        """Return whether its positions include those."""
        return self.first <= first and last <= self.last


def folder_of(folder: Path, kind: Kind, service: str) -> Path:
    """Return the folder of a kind and service; raises ``ValueError`` for a name that no folder can have.

    >>> import pathlib
    >>> folder_of(pathlib.Path("x"), Kind.OUTCOMES, "../shop").as_posix()
    'x/outcomes/s=..%2Fshop'
    """
    name = "s=" + quote(service, safe="")
    if len(name) > _LONGEST:
        raise ValueError(f"the service's name {service[:50]!r}… is too long for a folder: use a shorter one")
    return folder / kind.name.lower() / name


def list_segments(folder: Path) -> list[Segment]:
    """Return all segments below the folder, by position; clear away what a crash left half done."""
    found = []
    for kind in Kind:
        for home in (folder / kind.name.lower()).glob("s=*"):
            for path in home.iterdir():
                if path.name.endswith(TEMPORARY):
                    path.unlink()
                elif match := _NAME.fullmatch(path.name):
                    first, last, start, end, rows = map(int, match.groups())
                    found.append(Segment(first, last, start, end, rows, kind, unquote(home.name[2:])))
    return sorted(found)

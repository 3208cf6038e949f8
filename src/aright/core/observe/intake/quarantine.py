"""The quarantine of one body: bad rows counted, the first of them described, and notes beside."""

from __future__ import annotations

from aright.core.model.bookkeeping import BadRow
from aright.core.observe.intake.bounds import MAX_BAD_TEXT, MAX_PROBLEMS


class Quarantine:
    """Collects what is wrong with a body.

    A bad row is one that is not taken; a note tells of something left out of rows that are taken.

    >>> quarantine = Quarantine()
    >>> quarantine.add(3, "time", "there is none", "add one", "{}")
    >>> quarantine.note("color", "unknown field, ignored", "leave it out")
    >>> quarantine.count, [bad.row for bad in quarantine.bad], [note.field for note in quarantine.notes]
    (1, [3], ['color'])
    """

    def __init__(self) -> None:
        self.count = 0
        self._bad: list[BadRow] = []
        self._notes: dict[str, BadRow] = {}

    def add(self, row: int, field: str, problem: str, fix: str, text: str = "") -> None:
        """Set one row aside."""
        self.count += 1
        if len(self._bad) < MAX_PROBLEMS:
            self._bad.append(
                BadRow(
                    row=row, field=_cut(field, 100), problem=problem, fix=fix, text=_cut(text, MAX_BAD_TEXT)
                )
            )

    def add_uncounted(self, rows: int) -> None:
        """Set further rows aside that are like those described."""
        self.count += rows

    @property
    def wants_more(self) -> bool:
        """Whether another bad row would still be described."""
        return len(self._bad) < MAX_PROBLEMS

    def note(self, field: str, problem: str, fix: str, row: int = 0) -> None:
        """Tell, once for each field, of something left out of rows that are otherwise taken."""
        if len(self._notes) < MAX_PROBLEMS:
            self._notes.setdefault(field, BadRow(row=row, field=_cut(field, 100), problem=problem, fix=fix))

    @property
    def bad(self) -> tuple[BadRow, ...]:
        """Bad rows in the body's order, the first 20 found."""
        return tuple(sorted(self._bad, key=lambda bad: bad.row))

    @property
    def notes(self) -> tuple[BadRow, ...]:
        """What was left out."""
        return tuple(self._notes.values())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"

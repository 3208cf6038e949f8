"""The book of names: how many distinct attributes, features or metrics one body may bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.observe.intake.bounds import SPARSE_CELLS, nameable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.observe.intake.quarantine import Quarantine


class Names:
    """Admits names in the order of their first appearance, up to a bound.

    The bound is also one of cells, because a name costs a column that is null in all other rows: rows × names
    may not go beyond a fixed sum plus one for each byte of the body.

    >>> from aright.core.observe.intake.quarantine import Quarantine
    >>> names = Names("features", 2, rows=10, size=1_000)
    >>> quarantine = Quarantine()
    >>> names.admit(["a", "b", "c", "a"], quarantine), quarantine.notes[0].problem
    (['a', 'b'], 'more than 2 distinct features in one body: "c" and all further ones are left out')
    """

    def __init__(self, field: str, most: int, *, rows: int, size: int) -> None:
        self._field = field
        self._most = min(most, max((SPARSE_CELLS + size) // max(rows, 1), 1))
        self._admitted: set[str] = set()

    def admit(self, names: Iterable[str], quarantine: Quarantine) -> list[str]:
        """Return those of ``names`` that may be used, each once; note what is left out."""
        taken = []
        for name in dict.fromkeys(names):
            if name in self._admitted:
                taken.append(name)
            elif not nameable(name):
                quarantine.note(
                    f"{self._field}.{name}",
                    "no usable name, left out",
                    "use printable names of 1 to 200 bytes",
                )
            elif len(self._admitted) < self._most:
                self._admitted.add(name)
                taken.append(name)
            else:
                quarantine.note(
                    self._field,
                    f'more than {self._most:,} distinct {self._field} in one body: "{name[:100]}" and all '
                    "further ones are left out",
                    f"send fewer {self._field}, or fewer rows in a body",
                )
        return taken

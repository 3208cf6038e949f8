"""Ways to change a document, and what a change is expected to touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from random import Random

Document: TypeAlias = dict[str, Any]
"""Decoded JSON: as loose as what comes from outside."""

Edit: TypeAlias = Callable[[Document, "Random"], object]
Value: TypeAlias = Callable[[Any], object]


@dataclass(frozen=True)
class Change:
    """One kind of change.

    Attributes:
        name: in words.
        paths: a break counts as found when it names one of these or what lies below.
        edit: changes one document in place; None where the change is of whole windows.
        whole: takes the documents of a window and returns those that come instead.
    """

    name: str
    paths: tuple[str, ...]
    edit: Edit | None = None
    whole: Callable[[list[Document], Random], list[Document]] | None = None

    def apply(self, documents: list[Document], rng: Random) -> list[Document]:
        """Return the changed documents; those given may be changed in place."""
        if self.whole:
            return self.whole(documents, rng)
        for document in documents:
            if self.edit:
                self.edit(document, rng)
        return documents


def part(document: Document, path: str) -> tuple[Document, str] | None:
    """Return the object that holds a path's last key, and that key; None where it is not there."""
    *outer, key = path.split(".")
    holder: object = document
    for step in outer:
        holder = holder.get(step) if isinstance(holder, dict) else None
    return (holder, key) if isinstance(holder, dict) and key in holder else None


def on(path: str, value: Value) -> Edit:
    """Return an edit that puts another value at a path, where there is one."""

    def edit(document: Document, rng: Random) -> None:
        found = part(document, path)
        if found:
            holder, key = found
            new = value(holder[key])
            holder[key] = new(rng, holder[key]) if isinstance(new, _Maybe) else new

    return edit


class _Maybe:
    """Does something to a share of the values."""

    def __init__(self, share: float, value: Value) -> None:
        self.share, self.value = share, value

    def __call__(self, rng: Random, old: object) -> object:
        return self.value(old) if rng.random() < self.share else old


def some(share: float, value: Value) -> Value:
    """Return a change of a share of the values."""
    return lambda _: _Maybe(share, value)


def each(path: str, edit: Edit) -> Edit:
    """Return an edit of every element of an array."""

    def all_of(document: Document, rng: Random) -> None:
        found = part(document, path)
        if found:
            for element in found[0][found[1]]:
                edit(element, rng)

    return all_of


def renamed(path: str, new: str) -> Edit:
    """Return an edit that gives a field another name in the same object."""

    def edit(document: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
        found = part(document, path)
        if found:
            holder, key = found
            pairs = [
                (new.rpartition(".")[2] if name == key else name, value) for name, value in holder.items()
            ]
            holder.clear()
            holder.update(pairs)

    return edit


def moved(path: str, new: str) -> Edit:
    """Return an edit that moves a field into an object of its own."""

    def edit(document: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
        found = part(document, path)
        if found:
            outer, _, key = new.partition(".")
            document.setdefault(outer, {})[key] = found[0].pop(found[1])

    return edit


def swapped(one: str, two: str) -> Edit:
    """Return an edit that puts each of two values in the other's place."""

    def edit(document: Document, rng: Random) -> None:  # noqa: ARG001 - of one signature
        first, second = part(document, one), part(document, two)
        if first and second:
            (a, x), (b, y) = first, second
            a[x], b[y] = b[y], a[x]

    return edit

"""Runbooks in Markdown files: those that ship with aright, and a team's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.core.communicate.runbook import LONGEST_FILE, read_runbook
from aright.core.model.catalog import Finding

if TYPE_CHECKING:
    from aright.core.model.runbook import Runbook

SHIPPED: Final = Path(__file__).parent / "shipped"
MOST_FILES: Final = 500


def shipped_runbooks() -> tuple[Runbook, ...]:
    """Return the runbooks that ship with aright, by id.

    >>> [book.id for book in shipped_runbooks()][:2]
    ['classifier', 'fraud']
    """
    return read_folder(SHIPPED, shipped=True)[0]


def read_folder(folder: Path, *, shipped: bool = False) -> tuple[tuple[Runbook, ...], tuple[Finding, ...]]:
    """Return the runbooks of a folder and of those below it, by id, and what is wrong with its files.

    A file with an error is left out; raises ``OSError`` where the folder cannot be read.

    Args:
        folder: of ``*.md`` files; others are passed over, and so are README.md and hidden ones.
        shipped: leave the files' names out of what is read.
    """
    books: dict[str, Runbook] = {}
    wrong: list[Finding] = []
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder: name one that has runbooks as *.md files")
    files = sorted(file for file in folder.rglob("*.md") if _is_runbook(file.relative_to(folder)))
    if len(files) > MOST_FILES:
        fix = "Part them over several folders, or throw old ones away."
        wrong.append(_finding(str(folder), f"{len(files):,} files", "the rest is not read", fix))
    for file in files[:MOST_FILES]:
        name = str(file.relative_to(folder))
        try:
            text = _text(file)
        except (OSError, UnicodeDecodeError) as broken:
            wrong.append(_finding(name, f"it cannot be read ({broken})", "it is lost", "Write it as UTF-8."))
            continue
        book, found = read_runbook(text, "" if shipped else name)
        wrong += found
        if book is None:
            continue
        if book.id in books:
            why = f"{books[book.id].source} has it already"
            wrong.append(_finding(name, f"the id {book.id!r}", why, "Give one of them another id."))
        else:
            books[book.id] = book
    return tuple(books[key] for key in sorted(books)), tuple(wrong)


def with_own(own: tuple[Runbook, ...]) -> tuple[Runbook, ...]:
    """Return a team's runbooks and those that ship, but for those whose id the team has given one of its own.

    >>> len(with_own(())) == len(shipped_runbooks())
    True
    """
    taken = {book.id for book in own}
    return (*own, *(book for book in shipped_runbooks() if book.id not in taken))


def _is_runbook(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.name.casefold() != "readme.md"


def _text(file: Path) -> str:
    with file.open(encoding="utf-8") as opened:
        return opened.read(LONGEST_FILE + 1)


def _finding(file: str, what: str, why: str, fix: str) -> Finding:
    return Finding(file=file, line=0, what=what, why=why, fix=fix)

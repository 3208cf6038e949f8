"""Progress on standard error: lines for a file, a moving line at a terminal."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status


class Narrator(Protocol):
    """Tells what is going on."""

    def tell(self, at: int, text: str) -> None:
        """Say that something happened at ``at`` (µs of drill time)."""
        ...

    def point(self, text: str, link: str) -> None:
        """Show a link, alone on its line so that it can be taken up whole."""
        ...

    def say(self, text: str) -> None:
        """Show lines as they are, without a time."""
        ...

    def pass_time(self, at: int, text: str) -> None:
        """Say how far the drill has come; only the latest is of interest."""
        ...

    def close(self) -> None:
        """Stop moving."""
        ...


def clock_text(at: int) -> str:
    """Return hours, minutes and seconds, UTC.

    >>> clock_text(3_723_000_000)
    '01:02:03'
    """
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%H:%M:%S")


class PlainNarrator:
    """Writes a line per event, for logs and pipes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def tell(self, at: int, text: str) -> None:
        """Write a line."""
        print(f"{clock_text(at)}  {text}", file=self._out, flush=True)

    def point(self, text: str, link: str) -> None:
        """Write two lines."""
        print(f"\n{text}\n  {link}\n", file=self._out, flush=True)

    def say(self, text: str) -> None:
        """Write the lines."""
        print(f"{text}\n", file=self._out, flush=True)

    def pass_time(self, at: int, text: str) -> None:
        """Write nothing: a log has no use for it."""

    def close(self) -> None:
        """Do nothing: nothing moves."""


class TerminalNarrator:
    """Writes events above a line that moves."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = console.status("starting")
        self._status.start()

    def tell(self, at: int, text: str) -> None:
        """Write a line."""
        from rich.text import Text  # noqa: PLC0415  not needed where nobody watches

        self._console.print(Text.assemble((clock_text(at), "dim"), "  ", text))

    def point(self, text: str, link: str) -> None:
        """Write a link that no wrapping cuts."""
        self._console.print(f"\n{text}", markup=False, highlight=False, style="bold")
        self._console.print(f"  {link}\n", markup=False, highlight=False, soft_wrap=True, style="cyan")

    def say(self, text: str) -> None:
        """Write the lines, so that commands can be taken up whole."""
        self._console.print(f"{text}\n", markup=False, highlight=False, soft_wrap=True)

    def pass_time(self, at: int, text: str) -> None:
        """Move the line."""
        if self._status is not None:
            self._status.update(f"{clock_text(at)} drill time · {text}")

    def close(self) -> None:
        """Take the moving line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None


def make_narrator() -> Narrator:
    """Return the narrator that fits standard error."""
    if not sys.stderr.isatty():
        return PlainNarrator(sys.stderr)
    from rich.console import Console  # noqa: PLC0415  not needed where nobody watches

    return TerminalNarrator(Console(stderr=True))

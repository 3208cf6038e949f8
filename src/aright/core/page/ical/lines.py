r"""The lines of an iCalendar file (RFC 5545, section 3.1): unfolded, with names, parameters and values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.page.ical.errors import CalendarError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LARGEST: Final = 1_000_000
"""Of a file (bytes)."""
LONGEST: Final = 10_000
"""Of a line, unfolded (characters)."""

_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,80}")
_PARAMETER: Final = re.compile(r';([A-Za-z0-9-]{1,80})=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_ESCAPED: Final = re.compile(r"\\([\\;,nN])")


class Line(NamedTuple):
    """A line of content.

    Attributes:
        number: where it begins in the file, from 1.
        name: in capitals.
        parameters: by their names in capitals; without quotes.
        value: as written.
    """

    number: int
    name: str
    parameters: Mapping[str, str]
    value: str

    @property
    def text(self) -> str:
        """Return the value as text, unescaped."""
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self.value)


def read_lines(body: bytes) -> Iterator[Line]:
    r"""Yield the lines of content; raises ``CalendarError``.

    >>> found = read_lines(b"SUMMARY;LANGUAGE=en:Ada\\, a\r\n ll day\r\n")
    >>> [(line.number, line.name, line.text) for line in found]
    [(1, 'SUMMARY', 'Ada, all day')]
    """
    if len(body) > LARGEST:
        raise CalendarError(0, f"it is larger than {LARGEST:,} bytes", "Leave out what is long past.")
    for number, text in _unfolded(_decoded(body)):
        if text.strip():
            yield _line(number, text)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = body.count(b"\n", 0, bad.start) + 1
        raise CalendarError(line, "it is no UTF-8", "Save the calendar as UTF-8.") from bad


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    number, parts, length = 0, [""], 0
    for at, raw in enumerate(text.split("\n"), 1):
        line = raw.removesuffix("\r")
        if line[:1] in {" ", "\t"} and number:
            parts.append(line[1:])
            length += len(line)
        else:
            if number:
                yield number, "".join(parts)
            number, parts, length = at, [line], len(line)
        if length > LONGEST:
            raise CalendarError(at, f"a line is longer than {LONGEST:,} characters", "Leave it out.")
    yield number, "".join(parts)


def _line(number: int, text: str) -> Line:
    name = _NAME.match(text)
    at = name.end() if name else 0
    parameters: dict[str, str] = {}
    while found := _PARAMETER.match(text, at):
        parameters[found[1].upper()] = found[2].replace('"', "")
        at = found.end()
    if name is None or text[at : at + 1] != ":":
        raise CalendarError(
            number, f"{text[:60]!r} is no line of a calendar", "It is NAME:VALUE, as in RFC 5545."
        )
    return Line(number, name[0].upper(), parameters, text[at + 1 :])

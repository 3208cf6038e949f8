"""How a drill says that it cannot go on.

``BrokenError``
├── ``StageError``        a process did not start, or went away
├── ``UnreachableError``  a server closed the connection, or did not answer in time
└── ``AnswerError``       a server refused, or answered what the documents do not say
"""

from __future__ import annotations


class BrokenError(Exception):
    """The drill cannot go on; the text says what happened, and where to look."""


class StageError(BrokenError):
    """A process did not start or went away; the text says which, and the last it wrote."""


class UnreachableError(BrokenError):
    """The other side went away or did not answer in time; the text says which."""


class AnswerError(BrokenError):
    """The other side refused, or answered otherwise than documented; the text has its own words."""

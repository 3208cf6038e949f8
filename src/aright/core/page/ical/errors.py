"""What is told of a calendar that cannot be taken."""

from __future__ import annotations


class CalendarError(ValueError):
    """The calendar cannot be taken.

    Attributes:
        line: of the file, from 1; 0 for the file as a whole.
        problem: what is wrong there.
        fix: what to write instead.

    >>> str(CalendarError(7, "DTSTART is missing", "Say when it begins."))
    'line 7: DTSTART is missing. Say when it begins.'
    """

    def __init__(self, line: int, problem: str, fix: str) -> None:
        where = f"line {line}: " if line else ""
        super().__init__(f"{where}{problem}. {fix}")
        self.line = line
        self.problem = problem
        self.fix = fix

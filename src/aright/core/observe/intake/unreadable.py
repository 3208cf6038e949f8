"""What is raised when not even one row of a body can be told apart."""

from __future__ import annotations


class UnreadableError(ValueError):
    """The body as a whole cannot be read; nothing of it is kept.

    Attributes:
        problem: what is wrong.
        fix: what the sender should do.

    >>> str(UnreadableError("the body is empty", "send at least one row"))
    'the body is empty: send at least one row'
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}: {fix}")
        self.problem = problem
        self.fix = fix

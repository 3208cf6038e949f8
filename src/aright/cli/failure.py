"""How a command says that it failed."""

from __future__ import annotations


class FailedError(Exception):
    """What went wrong, why, and what to do next; shown without a traceback.

    Attributes:
        code: the exit code: 1 failed, 2 usage, 3 found something.
    """

    def __init__(self, text: str, *, code: int = 1) -> None:
        super().__init__(text)
        self.code = code

"""A door: a path that takes bodies, what it reads, and how it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from aright.server.problems import ErrorAnswer, Problem, ProblemError
from aright.server.wire import Accepted, RowProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aright.core.model.frame import Format, Frame, Kind
    from aright.engine.intake import Acceptance

MAX_PROBLEMS: Final = 20
"""Problems in one answer."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What is answered.

    Attributes:
        status: HTTP's.
        body: its bytes.
        content_type: of the body.
        headers: further ones.
    """

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Answer: TypeAlias = "Callable[[Acceptance, Frame, int], Reply]"
"""From what became of a body, its frame and the position behind it in the log, once it is on disk."""

Refuse: TypeAlias = "Callable[[ProblemError, str], Reply]"
"""From an error and the request's content type."""


Compose: TypeAlias = "Callable[[Mapping[bytes, bytes], bytes], bytes]"
"""From a request's headers, in lower case, and its body; raises ``ProblemError``."""


TokenIn: TypeAlias = "Callable[[bytes], str]"
"""From a request's body; empty where there is none, raises ``ProblemError`` where it cannot be read."""


def body_alone(_headers: Mapping[bytes, bytes], body: bytes) -> bytes:
    """Keep the body as it came."""
    return body


def answer_rows(acceptance: Acceptance, _frame: Frame, position: int) -> Reply:
    """Answer how many rows were taken, how many set aside, and why."""
    told = (*acceptance.bad, *acceptance.notes)[:MAX_PROBLEMS]
    answer = Accepted(
        accepted=acceptance.accepted,
        quarantined=acceptance.bad_count,
        problems=[RowProblem(row=b.row, field=b.field, problem=b.problem, fix=b.fix) for b in told],
        position=position,
    )
    status = 422 if acceptance.bad_count and not acceptance.accepted else 200
    return Reply(status=status, body=msgspec.json.encode(answer))


def refuse_json(error: ProblemError, _content_type: str) -> Reply:
    """Answer an error as aright's own API does."""
    answer = ErrorAnswer(error=Problem(problem=error.problem, fix=error.fix))
    return Reply(status=error.status, body=msgspec.json.encode(answer), headers=error.headers)


@dataclass(frozen=True, kw_only=True)
class Door:
    """What a path takes.

    Attributes:
        kind: what its rows are.
        formats: how bodies may be written, by content type, with its parameters as in ``a/b;c=d`` or without.
        answer: answers a body that was taken.
        refuse: answers one that was not.
        summary: what it is for, where its format is not aright's own.
        defined_at: where that format is defined.
        success: the HTTP status of a body that was taken.
        compose: makes the body that is kept of the request's headers and its body.
        token_in: finds the token in the body, where senders put it there; ``None`` for in a header.
        largest: body as sent (bytes); 0 for the server's own bound.
    """

    kind: Kind
    formats: Mapping[str, Format]
    answer: Answer = answer_rows
    refuse: Refuse = refuse_json
    summary: str = ""
    defined_at: str = ""
    success: int = 200
    compose: Compose = body_alone
    token_in: TokenIn | None = None
    largest: int = 0

    def format_of(self, content_type: str) -> Format:
        """Return how a body is written; raises ``ProblemError`` (415).

        >>> from aright.core.model.frame import Format, Kind
        >>> door = Door(kind=Kind.OUTCOMES, formats={"a/b": Format.NDJSON, "a/b;c=d": Format.ARROW})
        >>> door.format_of("A/B; charset=utf-8").name, door.format_of("a/b; c=d").name
        ('NDJSON', 'ARROW')
        """
        whole = "".join(content_type.split()).lower()
        for name in (whole, whole.partition(";")[0]):
            if name in self.formats:
                return self.formats[name]
        said = f"Content-Type {whole[:80]!r} is not read here." if whole else "There is no Content-Type."
        raise ProblemError(415, said, f"Send one of {', '.join(self.formats)}.")

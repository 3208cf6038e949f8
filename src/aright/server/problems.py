"""Errors of the API: what is wrong and what to do, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One error.

    Attributes:
        problem: what is wrong, and why.
        fix: what to do next.
    """

    problem: str
    fix: str


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What every error of the API answers.

    Attributes:
        error: what is wrong and what to do.
    """

    error: Problem


class ProblemError(Exception):
    """A request that cannot be answered as asked.

    Attributes:
        status: the HTTP status to answer with.
        problem: what is wrong, and why.
        fix: what to do next.
        headers: headers to add, such as ``Retry-After``.
    """

    def __init__(
        self, status: int, problem: str, fix: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{problem} {fix}")
        self.status = status
        self.problem = problem
        self.fix = fix
        self.headers = dict(headers or {})


def json_response(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return ``value`` (anything msgspec can encode) as a JSON response.

    >>> json_response(Problem(problem="a", fix="b")).body
    b'{"problem":"a","fix":"b"}'
    """
    return Response(
        msgspec.json.encode(value),
        status_code=status,
        media_type="application/json",
        headers=dict(headers or {}),
    )


def error_response(error: ProblemError) -> Response:
    """Return the JSON answer of an error.

    >>> error_response(ProblemError(404, "no such thing", "list them")).body
    b'{"error":{"problem":"no such thing","fix":"list them"}}'
    """
    answer = ErrorAnswer(error=Problem(problem=error.problem, fix=error.fix))
    return json_response(answer, status=error.status, headers=error.headers)

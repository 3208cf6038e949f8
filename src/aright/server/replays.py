"""How versions are run on stored inputs, over HTTP: endpoints only, for all else is code or files."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import structs

from aright.core.model.replay import FEATURES, INPUTS, URL, Replay
from aright.server.problems import ProblemError

_LONGEST: Final = 3600.0


class ReplayView(msgspec.Struct, frozen=True, kw_only=True):
    """How a service's versions are run on stored inputs, as shown.

    Attributes:
        url: an HTTP endpoint that runs a version; this, model or function is given.
        model: an MLflow model; the server's own catalog file alone can say so, as with all the following.
        function: a Python function.
        bearer_token_file: a file with the token to send to the URL.
        python: the interpreter that runs a model or function.
        folder: where that process starts.
        inputs: ``features`` of predictions, or ``payloads`` stored for them as well.
        previous: the version to hold against where neither predictions nor changes name one.
        seconds: how long one replay may take in all.
    """

    url: str = ""
    model: str = ""
    function: str = ""
    bearer_token_file: str = ""
    python: str = ""
    folder: str = ""
    inputs: str = FEATURES
    previous: str = ""
    seconds: float = 60.0


class ReplayBody(ReplayView, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a service's versions are run on stored inputs, as sent; an empty one takes it away.

    Attributes:
        secret: the HMAC-SHA256 key of requests to the URL; left out, the same URL keeps the one it has.
    """

    secret: str = ""


_FILES: Final = ("model", "function", "bearer_token_file", "python", "folder")


def replay_of(body: ReplayBody | None, known: Replay | None) -> Replay | None:
    """Return the replay to register, the known one where the body gives none.

    Raises ``ProblemError`` (400) where it would make the server run code or read files that its catalog file
    does not name, or has no web address.
    """
    if body is None:
        return known
    had = msgspec.convert(known, ReplayView, from_attributes=True) if known else ReplayView()
    if any(getattr(body, field) != getattr(had, field) for field in _FILES):
        raise ProblemError(
            400,
            f"{', '.join(_FILES)} of a replay cannot be changed over the network.",
            "Write them into the catalog file that the server is started with; url can be given here.",
        )
    if body.inputs not in INPUTS:
        raise ProblemError(400, f"inputs is {body.inputs[:80]!r}.", f"Give one of {', '.join(INPUTS)}.")
    if not 0 < body.seconds <= _LONGEST:
        raise ProblemError(400, f"seconds is {body.seconds:g}.", f"Give up to {_LONGEST:g}.")
    if body.url != had.url and had.bearer_token_file:
        raise ProblemError(
            400,
            "The url of a replay whose token is in a file cannot be changed over the network.",
            "The token would go elsewhere: write the url into the server's own catalog file.",
        )
    return _registered(body, known)


def _registered(body: ReplayBody, known: Replay | None) -> Replay | None:
    if known is not None and body.url == known.url:
        replay = known
    elif not body.url:
        return None
    elif body.url.startswith(("http://", "https://")):
        replay = Replay(way=URL, target=body.url)
    else:
        raise ProblemError(400, f"{body.url[:80]!r} is no web address.", "Begin it with https:// or http://.")
    return structs.replace(
        replay,
        inputs=body.inputs,
        previous=body.previous,
        seconds=body.seconds,
        secret=body.secret or replay.secret,
    )

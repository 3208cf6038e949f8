"""Replaying: how a version of a model is run once more on stored inputs, what goes in and comes out."""

from __future__ import annotations

from typing import Final

import msgspec

URL: Final = "url"
MODEL: Final = "model"
FUNCTION: Final = "function"
WAYS: Final = (URL, MODEL, FUNCTION)
"""An HTTP endpoint, an MLflow model or a Python function; the last two run in a process of their own."""

FEATURES: Final = "features"
PAYLOADS: Final = "payloads"
INPUTS: Final = (FEATURES, PAYLOADS)
"""What an input is: the features told with a prediction, or also the document that was stored for it."""


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """How a version of a service's model is run on stored inputs.

    Attributes:
        way: one of ``WAYS``.
        target: the URL; the model's folder or URI with ``{version}`` in it; or ``package.module:name``.
        inputs: one of ``INPUTS``.
        previous: the version to hold against where neither the rows nor the changes name one.
        seconds: how long one replay may take in all.
        secret: key of the signature of requests to a URL; never shown or logged, not even by ``repr``.
        bearer_token_file: a file with the token to send to a URL; empty for none.
        python: the interpreter that runs a model or function; empty for the server's own.
        folder: where a process starts, and imports and relative paths are looked for.

    >>> Replay(way="url", target="https://x/replay", secret="hidden")
    Replay(way='url', target='https://x/replay')
    """

    way: str
    target: str
    inputs: str = FEATURES
    previous: str = ""
    seconds: float = 60.0
    secret: str = ""
    bearer_token_file: str = ""
    python: str = ""
    folder: str = ""

    @property
    def url(self) -> str:
        """The endpoint; empty where there is none."""
        return self.target if self.way == URL else ""

    @property
    def model(self) -> str:
        """The MLflow model; empty where there is none."""
        return self.target if self.way == MODEL else ""

    @property
    def function(self) -> str:
        """The function; empty where there is none."""
        return self.target if self.way == FUNCTION else ""

    def __repr__(self) -> str:
        return f"Replay(way={self.way!r}, target={self.target!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Leave the secret out of what rich prints, too."""
        return [("way", self.way), ("target", self.target)]


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """One stored input.

    Attributes:
        id: of the prediction that it was for.
        attributes: of that prediction.
        features: of that prediction; a number, text, truth value or null each.
        payload: the document stored for it, as JSON; empty without one.
    """

    id: str
    attributes: dict[str, str] = {}
    features: dict[str, float | str | bool | None] = {}
    payload: bytes = b""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What a version makes of an input; one of the five, or why there is none.

    Attributes:
        label: a class.
        score: a number in [0, 1].
        number: any number.
        items: a list.
        text: text.
        confidence: how sure it is, in [0, 1]; ``None`` where it does not say.
        error: why there is no answer; empty where there is one.
    """

    label: str | None = None
    score: float | None = None
    number: float | None = None
    items: tuple[str, ...] | None = None
    text: str | None = None
    confidence: float | None = None
    error: str = ""

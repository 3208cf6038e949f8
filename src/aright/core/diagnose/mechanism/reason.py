"""A reason for or against a cause, in nats."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """One consideration.

    Attributes:
        text: what was seen, as the end of a sentence that begins with the change, such as ``it names "x"``.
        nats: log-likelihood ratio it adds; below 0 it speaks against.
    """

    text: str
    nats: float

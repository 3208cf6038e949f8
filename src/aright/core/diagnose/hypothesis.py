"""Hypotheses and draft findings, as the steps hand them to the ranking."""

from __future__ import annotations

import msgspec

from aright.core.model.curves import CurvePair
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.times import Micros


class Hypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """One possible cause, with what the rows say of it.

    Attributes:
        kind: what sort of state change.
        subject: the thing itself.
        title: one sentence for people.
        gain: log-likelihood (nats) of the losses that the rows it touches explain.
        seen: whether the state change itself was seen, rather than thought of.
        explained: share of the loss that goes with it, in [0, 1].
        low: lower end of that share's 95 % interval.
        contrasted: whether rows it does not touch, at the same time, are well.
        prior: log prior against the other kinds.
        remedy: remediation class.
        mode: how it failed.
        onset: when it began (µs, UTC); 0 when not found.
        features: through which it shows.
        previous: what to go back to.
        service: whose dependency it is, where it is one.
        behind: tokens of other hypotheses that it would have brought about.
        by_rows: whether ``gain`` and ``explained`` are of rows that are tied to it, where another step may
            know the same by its time alone.
    """

    kind: CauseKind
    subject: str
    title: str
    gain: float
    prior: float
    seen: bool = False
    explained: float = 0.0
    low: float = 0.0
    contrasted: bool = False
    remedy: str = ""
    mode: str = ""
    onset: Micros = 0
    features: tuple[str, ...] = ()
    previous: str = ""
    service: str = ""
    behind: tuple[str, ...] = ()
    by_rows: bool = False

    @property
    def token(self) -> str:
        """Name by which findings cite it before it has a number."""
        return f"{self.kind.value}:{self.subject}"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that cites hypotheses by token.

    Attributes:
        step: which step found it.
        text: one sentence with numbers.
        supports: tokens it speaks for.
        opposes: tokens it speaks against.
        weight: nats it adds to what it supports; 0 for context.
        start: first instant of the rows looked at (µs, UTC).
        end: end of them.
        query: SQL filter that gives those rows.
        before: the number before.
        now: the number now.
        rows: kind of the rows that ``query`` selects, as ``core.model.frame.Kind`` names it in lower case;
            empty where the finding is of no rows.
        service: whose rows these are; empty for the incident's own service.
        curves: of trainings that it compares.
    """

    step: Step
    text: str
    supports: tuple[str, ...] = ()
    opposes: tuple[str, ...] = ()
    weight: float = 0.0
    start: Micros = 0
    end: Micros = 0
    query: str = "TRUE"
    before: float | None = None
    now: float | None = None
    rows: str = "predictions"
    service: str = ""
    curves: tuple[CurvePair, ...] = ()

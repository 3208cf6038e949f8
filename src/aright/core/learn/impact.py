"""Impact: who was hit, how badly and for how long, with the arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident.words import signal_in_words
from aright.core.learn.facts import span
from aright.core.model.evidence import Reach
from aright.core.model.probability import percent, points
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from aright.core.learn.facts import Facts


def impact_of(facts: Facts) -> str:
    """Return users and quality lost, in sentences whose numbers can be checked."""
    length = facts.ended - facts.began
    began, ended = clock_text(facts.began), clock_text(facts.ended)
    sentences = [f"The harm lasted {span(length)}, from {began} to {ended} UTC."]
    scope = facts.diagnosis.scope if facts.diagnosis else None
    if scope is None or scope.reach is Reach.UNCLEAR:
        sentences.append("Who was hit is not known.")
    else:
        where = str(scope.segment) if scope.reach is Reach.SEGMENT else "all traffic"
        share = percent(scope.share_of_traffic)
        rise = points(scope.inside_now - scope.inside_before)
        lost = _lost(scope.loss, scope.inside_before, scope.inside_now)
        told = f"{percent(scope.inside_before)} before, {percent(scope.inside_now)} while it lasted{lost}"
        sentences += [
            f"{scope.units_hit:,} {scope.units} were served meanwhile ({where}, {share} of those served).",
            f"Answers to them that went wrong by {signal_in_words(scope.loss)}: {told}; {rise} more.",
        ]
    if facts.incident.severity is not None:
        sentences.append(f"SEV{facts.incident.severity.level}: {facts.incident.severity.arithmetic}.")
    return " ".join(sentences)


def _lost(loss: str, before: float, now: float) -> str:
    """Return which share of a quality is gone; empty for other losses."""
    if not loss.startswith("quality:") or before >= 1.0:
        return ""
    share = (now - before) / (1.0 - before)
    return (
        f", which is {percent(share)} of the quality before ({percent(1.0 - before)} → {percent(1.0 - now)})"
    )

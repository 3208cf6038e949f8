"""The catalogue of signals: what each is called, which way is worse, and whether it hurts users by itself.

Some names carry a part that the service brings along: ``quality:click``, ``events:complaint``,
``feature:profiles.norm:3``. What is before the first colon says what kind of signal it is.

Harm is what proves by itself that users are hit, whatever else is true: an answer that is an error, comes
from a fallback or is empty, an answer's grade, a complaint. All else may move for a good reason, so it only
gives notice, unless the catalog says ``page: true``: an answer may break off because somebody set a lower
limit on purpose, refusals and languages follow what is asked, a camera is dark at night, approvals follow who
applies.
"""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.signal import Bad, SignalKind

CATALOGUE: Final[dict[str, SignalKind]] = {
    kind.name: kind
    for kind in (
        SignalKind(name="error_share", title="answers with status 500 and above", bad=Bad.UP, harm=True),
        SignalKind(name="fallback_share", title="answers from the fallback", bad=Bad.UP, harm=True),
        SignalKind(
            name="quality",
            title="mean of a graded outcome, such as clicks",
            bad=Bad.DOWN,
            harm=True,
            unit="score",
        ),
        SignalKind(
            name="events", title="users with a complaint or the like", bad=Bad.UP, harm=True, unit="per user"
        ),
        SignalKind(
            name="slow_share", title="answers slower than nearly all at first", bad=Bad.UP, harm=False
        ),
        SignalKind(name="slower", title="answers slower than a promised limit", bad=Bad.UP, harm=False),
        SignalKind(
            name="confidence", title="how sure the model says it is", bad=Bad.BOTH, harm=False, unit="score"
        ),
        SignalKind(
            name="coverage", title="share of the known items that are shown", bad=Bad.DOWN, harm=False
        ),
        SignalKind(
            name="personalisation", title="how much lists of two users differ", bad=Bad.DOWN, harm=False
        ),
        SignalKind(
            name="popularity", title="popularity of what is shown", bad=Bad.UP, harm=False, unit="score"
        ),
        SignalKind(name="gini", title="how unevenly the known items are shown", bad=Bad.UP, harm=False),
        SignalKind(
            name="exposure_entropy", title="how evenly the known items are shown", bad=Bad.DOWN, harm=False
        ),
        SignalKind(
            name="entropy", title="how undecided the model is between classes", bad=Bad.BOTH, harm=False
        ),
        SignalKind(
            name="margin",
            title="how far the likeliest class is ahead",
            bad=Bad.BOTH,
            harm=False,
            unit="score",
        ),
        SignalKind(name="approval_rate", title="answers that approve", bad=Bad.BOTH, harm=False),
        SignalKind(name="near_threshold", title="scores near the threshold", bad=Bad.UP, harm=False),
        SignalKind(
            name="score_below", title="scores up to an edge of the first ones", bad=Bad.BOTH, harm=False
        ),
        SignalKind(
            name="score_ks",
            title="Kolmogorov–Smirnov distance of scores from the first ones",
            bad=Bad.UP,
            harm=False,
            unit="score",
            judged=False,
        ),
        SignalKind(name="default_score", title="scores that are their usual default", bad=Bad.UP, harm=False),
        SignalKind(
            name="spike_score", title="scores that are one number, new as such", bad=Bad.UP, harm=False
        ),
        SignalKind(
            name="default_share",
            title="values of a feature that are its usual default",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="spike_share",
            title="values of a feature that are one number, new as such",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="stale_share", title="features older than nearly all at first", bad=Bad.UP, harm=False
        ),
        SignalKind(name="empty_share", title="answers that are empty", bad=Bad.UP, harm=True),
        SignalKind(name="truncated_share", title="answers that ran out of tokens", bad=Bad.UP, harm=False),
        SignalKind(name="capped_share", title="answers as long as they may be", bad=Bad.UP, harm=False),
        SignalKind(
            name="length_spike", title="texts of one exact length, new as such", bad=Bad.UP, harm=False
        ),
        SignalKind(
            name="unclosed_share", title="texts with a bracket or fence left open", bad=Bad.UP, harm=False
        ),
        SignalKind(
            name="unended_share", title="texts that stop without a mark of their end", bad=Bad.UP, harm=False
        ),
        SignalKind(name="refusal_share", title="answers that refuse", bad=Bad.UP, harm=False),
        SignalKind(
            name="repetition", title="runs of four words that came before in a text", bad=Bad.UP, harm=False
        ),
        SignalKind(
            name="short_share", title="answers shorter than nearly all at first", bad=Bad.UP, harm=False
        ),
        SignalKind(
            name="long_share", title="answers longer than nearly all at first", bad=Bad.UP, harm=False
        ),
        SignalKind(
            name="long_prompts", title="prompts longer than nearly all at first", bad=Bad.UP, harm=False
        ),
        SignalKind(
            name="tokens_in",
            title="tokens of a prompt",
            bad=Bad.BOTH,
            harm=False,
            unit="tokens",
            judged=False,
        ),
        SignalKind(
            name="tokens_out",
            title="tokens of an answer",
            bad=Bad.BOTH,
            harm=False,
            unit="tokens",
            judged=False,
        ),
        SignalKind(
            name="other_model_share",
            title="answers by another model than was asked for",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="short_translations",
            title="translations too short for their source and languages",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="long_translations",
            title="translations too long for their source and languages",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="off_target_share",
            title="texts unlike the language they should be in",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="copied_share", title="share of answers copied from their source", bad=Bad.UP, harm=False
        ),
        SignalKind(name="blank_image_share", title="images of one plane colour", bad=Bad.UP, harm=False),
        SignalKind(name="dark_image_share", title="images too dark to see", bad=Bad.UP, harm=False),
        SignalKind(
            name="blurred_image_share",
            title="images more blurred than nearly all at first",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="latency", title="latency quantiles", bad=Bad.UP, harm=False, unit="ms", judged=False
        ),
        SignalKind(name="feature", title="share of a feature's values in one bin", bad=Bad.UP, harm=False),
        SignalKind(name="score", title="share of scores in one bin", bad=Bad.UP, harm=False),
        SignalKind(name="number", title="share of answers in one bin", bad=Bad.UP, harm=False),
        SignalKind(name="label", title="share of answers of one class", bad=Bad.UP, harm=False),
        SignalKind(
            name="suite",
            title="rows that fail a check of the team's own suite, which judges them itself",
            bad=Bad.UP,
            harm=False,
            judged=False,
        ),
        SignalKind(
            name="calls:error_share", title="traces whose requests to it failed", bad=Bad.UP, harm=True
        ),
        SignalKind(
            name="calls:slow_share",
            title="traces whose requests to it took longer than nearly all at first",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="calls:peer_error_share",
            title="traces whose requests to a callee failed",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="calls:peer_timeout_share",
            title="traces whose requests to a callee were not answered in time",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="calls:peer_slow_share",
            title="traces whose requests to a callee took longer than nearly all at first",
            bad=Bad.UP,
            harm=False,
        ),
        SignalKind(
            name="calls:peer_retry_share",
            title="requests to a callee that repeat another of the same trace",
            bad=Bad.UP,
            harm=False,
        ),
    )
}
"""By the part of the name before the first colon, or before the second where that tells them apart."""


def kind_of(name: str) -> SignalKind:
    """Return the catalogue's entry for a signal, under the signal's full name; raises ``LookupError``.

    >>> kind_of("quality:click").harm, kind_of("quality:click").name
    (True, 'quality:click')
    >>> kind_of("calls:error_share").harm, kind_of("calls:peer_error_share:search").harm
    (True, False)
    """
    family, _, rest = name.partition(":")
    kind = CATALOGUE.get(f"{family}:{rest.partition(':')[0]}") or CATALOGUE.get(family)
    if kind is None:
        raise LookupError(f"{name!r} is no signal: the catalogue has {', '.join(CATALOGUE)}")
    return kind if name == kind.name else msgspec.structs.replace(kind, name=name)

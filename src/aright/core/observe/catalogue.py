"""The catalogue of signals: what each is called, which way is worse, and whether it hurts users by itself.

Some names carry a part that the service brings along: ``quality:click``, ``events:complaint``,
``feature:profiles.norm:3``. What is before the first colon says what kind of signal it is.
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
        SignalKind(name="feature", title="share of a feature's values in one bin", bad=Bad.UP, harm=False),
        SignalKind(name="score", title="share of scores in one bin", bad=Bad.UP, harm=False),
        SignalKind(name="number", title="share of answers in one bin", bad=Bad.UP, harm=False),
        SignalKind(name="label", title="share of answers of one class", bad=Bad.UP, harm=False),
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

"""When a service is quiet: while an incident hits it, or a silence covers its harm, nothing is learned."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from aright.core.incident.standing import hits_of
from aright.core.model.incident import Incident
from aright.core.model.silence import Muted
from aright.engine.muting import is_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.model.times import Micros
    from aright.ports.state import Transaction

    Span = tuple[Micros, Micros]

_EVERY: Final = 1_000_000
FOREVER: Final = 2**62


def quiet_spans(tx: Transaction) -> Mapping[str, Sequence[Span]]:
    """Return by service when incidents hit it, or its harm was muted (µs, UTC)."""
    spans = spans_by_service(tx.list(Incident, limit=_EVERY))
    for muted in tx.list(Muted, limit=_EVERY):
        if is_own(muted.alert):
            spans.setdefault(muted.service, []).append((muted.at, muted.lifted_at or FOREVER))
    return spans


def spans_by_service(incidents: Iterable[Incident]) -> dict[str, list[Span]]:
    """Return when each service was hit by one of these: from its joining to the end, but for lulls.

    >>> from aright.core.model.incident import Hit, Incident, Lull, State
    >>> made = Incident(key="I", service="s", state=State.CLOSED, title="", opened_at=2, began_at=1,
    ...     resolved_at=9, hits=(Hit(service="s", onset=1, at=2), Hit(service="t", onset=3, at=4)),
    ...     lulls=(Lull(start=5, end=7),))
    >>> spans_by_service([made])
    {'s': [(2, 5), (7, 9)], 't': [(4, 5), (7, 9)]}
    """
    spans: dict[str, list[Span]] = defaultdict(list)
    for incident in incidents:
        for hit in hits_of(incident):
            start = hit.at
            for lull in incident.lulls:
                spans[hit.service].append((start, lull.start))
                start = lull.end
            spans[hit.service].append((start, incident.resolved_at or FOREVER))
    return dict(spans)


def was_quiet(spans: Iterable[Span], at: Micros) -> bool:
    """Return whether a service was hit at an instant, as the closing of a window then saw it."""
    return any(start < at < end for start, end in spans)

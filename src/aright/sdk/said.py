"""What a call may say of an answer, and how that becomes a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from aright.sdk.rows import ChangeData, ChangeEvent, Payload, Prediction
from aright.sdk.values import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import SupportsFloat, SupportsInt

    from aright.sdk.reader import Reader
    from aright.sdk.settings import Settings


class Said(TypedDict, total=False):
    """Keywords of ``Client.prediction``, which tells what each means."""

    unit: str
    attributes: Mapping[str, object] | None
    features: Mapping[str, object] | None
    items: Iterable[object] | None
    score: SupportsFloat | None
    number: SupportsFloat | None
    label: str | None
    text: str | None
    probabilities: Mapping[str, SupportsFloat] | None
    confidence: SupportsFloat | None
    latency_ms: SupportsFloat | None
    status: SupportsInt | None
    fallback: bool | None
    model: str
    version: str
    arm: str
    pool: str
    host: str
    trace_id: str
    pair: str


class About(TypedDict, total=False):
    """Keywords of ``Client.payload``.

    Attributes:
        direction: ``response`` (unless said otherwise) or ``request``.
        status: of HTTP.
        latency_ms: how long the answer took (ms).
        trace_id: the trace it belongs to.
        time: when (µs since the epoch, or a ``datetime``); now when not given.
    """

    direction: str
    status: int | None
    latency_ms: float | None
    trace_id: str
    time: int | datetime | None


MOST_DETAIL: Final = 65_536
"""Bytes of what was changed that are sent: more of it is not kept."""

KEYWORDS: Final = frozenset(Said.__annotations__)


def settled(said: Said) -> Said:
    """Return the keywords fit to be read twice: items that can be walked through but once are listed.

    Raises ``TypeError`` for a keyword that there is not, as a call does.
    """
    if not KEYWORDS.issuperset(said):
        raise TypeError(f"prediction() takes no {', '.join(sorted(said.keys() - KEYWORDS))}")
    items = said.get("items")
    if items is not None and not isinstance(items, (list, str)):
        said["items"] = list(items)
    return said


def prediction_of(
    read: Reader, name: str, time: int | datetime | None, said: Said, settings: Settings, now: int
) -> Prediction:
    """Return the row; what was not said is the client's own or left out."""
    text = read.text
    return Prediction(
        id=text(name),
        time=now if time is None else read.time(time, now),
        service=settings.service,
        model=text(given) if (given := said.get("model")) else settings.model,
        version=text(given) if (given := said.get("version")) else settings.version,
        arm=text(given) if (given := said.get("arm")) else "",
        unit=read.unit(given, settings.unit_key) if (given := said.get("unit")) else "",
        attributes=read.attributes(said.get("attributes")),
        features=read.features(said.get("features")),
        output=read.output(
            said.get("items"),
            said.get("score"),
            said.get("number"),
            said.get("label"),
            said.get("text"),
            said.get("probabilities"),
        ),
        confidence=read.number(said.get("confidence")),
        latency_ms=read.number(said.get("latency_ms")),
        status=read.whole(said.get("status")),
        fallback=read.flag(said.get("fallback")),
        pool=text(given) if (given := said.get("pool")) else "",
        host=text(given) if (given := said.get("host")) else settings.host,
        trace_id=text(given) if (given := said.get("trace_id")) else "",
        pair=text(given) if (given := said.get("pair")) else "",
    )


def payload_of(
    read: Reader, dependency: str, endpoint: str, body: str, about: About, settings: Settings, now: int
) -> Payload:
    """Return the row of a payload; ``body`` is JSON text by now."""
    if not About.__annotations__.keys() >= about.keys():
        raise TypeError(
            f"payload() takes no {', '.join(sorted(about.keys() - About.__annotations__.keys()))}"
        )
    return Payload(
        time=read.time(about.get("time"), now),
        service=settings.service,
        dependency=read.text(dependency),
        endpoint=read.text(endpoint),
        body=body,
        direction=read.text(about.get("direction", "response")),
        status=read.whole(about.get("status")),
        latency_ms=read.number(about.get("latency_ms")),
        version=settings.version,
        trace_id=read.text(about.get("trace_id", "")),
    )


def change_of(
    read: Reader, name: str, told: tuple[str, str, tuple[str, ...]], at: int, settings: Settings
) -> ChangeEvent:
    """Return the event of a change.

    Args:
        read: reads what was said.
        name: of the event.
        told: kind, service where it is not the client's, and the texts of ``ChangeData``, in its order.
        at: when it took effect (µs, UTC).
        settings: the client's.
    """
    kind, service, texts = told
    changed = read.text(service) or settings.service
    what, before, after, title, detail = map(read.text, texts)
    kept = detail.encode()[:MOST_DETAIL].decode(errors="ignore")
    data = ChangeData(changed, what, before, after, title, kept)
    kind_of = f"dev.aright.change.{read.text(kind)}"
    return ChangeEvent(name, "/aright/sdk", kind_of, subject=changed, time=iso(at), data=data)

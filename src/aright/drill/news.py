"""Changes that teams tell aright of as CloudEvents, when the drill's time has come."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from aright.drill.failure import AnswerError
from aright.drill.wire.client import Connections

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.drill.scenario import Aright


class News(msgspec.Struct, frozen=True, kw_only=True):
    """A change that is told of.

    Attributes:
        at: when it is made, and told (µs, UTC).
        service: that is changed.
        kind: deploy | config | … as aright has them.
        what: is changed.
        before: its state before, such as a version.
        after: its state after.
        title: for people.
    """

    at: int
    service: str
    kind: str
    what: str
    before: str
    after: str
    title: str


def release(at: int, service: str, versions: tuple[str, str], note: str = "") -> News:
    """Return the news that a service is released at ``at`` (µs, UTC).

    Args:
        at: when.
        service: that is released.
        versions: the one before, and the one from then on.
        note: behind the title.

    >>> release(0, "cart", ("1.4", "1.5"), ": faster").title
    'Release cart 1.5: faster'
    """
    before, after = versions
    return News(
        at=at,
        service=service,
        kind="deploy",
        what=service,
        before=before,
        after=after,
        title=f"Release {service} {after}{note}",
    )


class Newsroom:
    """Tells each of them once, in order of time.

    Args:
        aright: that is told.
        news: what there is to tell.
    """

    def __init__(self, aright: Aright, news: Iterable[News]) -> None:
        self._left = deque(sorted(news, key=lambda each: each.at))
        self._connections = Connections("aright", int(aright.url.rpartition(":")[2]), lanes=1)
        self._headers = {
            "authorization": f"Bearer {aright.token}",
            "content-type": "application/cloudevents+json",
        }

    async def tell(self, now: int) -> None:
        """Tell what was changed before ``now`` (µs, UTC); raises ``AnswerError`` where that is refused."""
        while self._left and self._left[0].at < now:
            event = event_of(self._left.popleft())
            reply = await self._connections.send(
                "POST", "/v1/changes", msgspec.json.encode(event), self._headers
            )
            if reply.status != 200:
                raise AnswerError(f"POST /v1/changes was answered {reply.status}: {reply.body[:200]!r}")

    def close(self) -> None:
        """Hang up."""
        self._connections.close()


def event_of(news: News) -> dict[str, object]:
    """Return the CloudEvent of a change.

    >>> told = News(at=0, service="s", kind="deploy", what="s", before="1", after="2", title="Release s 2")
    >>> event_of(told)["type"], event_of(told)["time"]
    ('dev.aright.change.deploy', '1970-01-01T00:00:00.000000Z')
    """
    at = datetime.fromtimestamp(news.at / 1_000_000, UTC)
    return {
        "specversion": "1.0",
        "id": f"{news.what} {news.after}",
        "source": f"https://ci.example/{news.service}",
        "type": f"dev.aright.change.{news.kind}",
        "time": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "data": {
            "service": news.service,
            "what": news.what,
            "before": news.before,
            "after": news.after,
            "title": news.title,
        },
    }

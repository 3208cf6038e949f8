"""The shop's HTTP service: answers requests for lists, takes what users did, and reports both."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import msgspec

from aright.drill.messages import FLUSH
from aright.drill.moment import TIME_HEADER
from aright.drill.reporting import Reporting
from aright.drill.serving import NOTHING_HERE, flushed
from aright.drill.shop import names
from aright.drill.shop.messages import BEACONS, RECOMMEND, Ask, Beacon, Shown
from aright.drill.shop.mitigation import Mitigations
from aright.drill.wire.server import Request, Response

if TYPE_CHECKING:
    from aright.drill.shop.plan import Plan
    from aright.drill.shop.recommend import Recommender, Shelf
    from aright.drill.shop.world import People
    from aright.sdk import Client


class PlayedClock:
    """The time that requests bring with them.

    Attributes:
        now: of the request being handled (µs, UTC).
        latest: the latest that any brought.
    """

    def __init__(self, start: int) -> None:
        self.now = start
        self.latest = start

    def set(self, to: int) -> None:
        """Take over a request's time."""
        self.now = to
        self.latest = max(self.latest, to)

    def __call__(self) -> int:
        """Return the time of the request being handled (µs, UTC)."""
        return self.now


class Shop:
    """Handles requests.

    Args:
        plan: of the drill.
        people: the user directory.
        recommender: makes the lists.
        client: reports.
        clock: the one that ``client`` reads.
        secret: that mitigations are signed with.
    """

    def __init__(
        self,
        plan: Plan,
        people: People,
        recommender: Recommender,
        client: Client,
        clock: PlayedClock,
        secret: str,
    ) -> None:
        self._plan = plan
        self._recommender = recommender
        self._client = client
        self._reporting = Reporting((), client)
        self._clock = clock
        self._units = people.units
        self._attributes = _attributes(plan, people)
        self._version = recommender.serving(plan.start)
        self._ask = msgspec.json.Decoder(Ask)
        self._beacons = msgspec.json.Decoder(list[Beacon])
        self._mitigations = Mitigations(
            recommender,
            secret=secret,
            now=lambda: clock.latest,
            wall=lambda: time.time_ns() // 1000,
            tell=self._tell_mitigated,
        )

    def handle(self, request: Request) -> Response | asyncio.Future[Response]:
        """Answer a request."""
        if request.path == RECOMMEND:
            return self._recommend(request)
        if request.path == BEACONS:
            return self._take_beacons(request)
        if request.path == FLUSH:
            return asyncio.ensure_future(flushed(self._reporting.flush))
        if request.path.startswith("/mitigations/") and request.method == "POST":
            return self._mitigations.handle(request)
        return NOTHING_HERE

    def _recommend(self, request: Request) -> Response:
        began = time.perf_counter()
        now = int(request.headers[TIME_HEADER])
        self._clock.set(now)
        ask = self._ask.decode(request.body)
        shelf = self._recommender.shelf(ask.user, now)
        self._notice_deploy(shelf.version)
        body = msgspec.json.encode(Shown(tuple(shelf.items.tolist())))
        self._report(ask, shelf, (time.perf_counter() - began) * 1000)
        return Response(body)

    def _report(self, ask: Ask, shelf: Shelf, latency_ms: float) -> None:
        reading = shelf.reading
        self._client.prediction(
            id=ask.id,
            unit=self._units[ask.user],
            version=shelf.version,
            attributes={**self._attributes[ask.user], names.PLACEMENT: names.PLACEMENTS[ask.slot]},
            features={
                names.NORM: None if reading is None else reading.norm,
                names.AGE: None if reading is None else reading.age_s,
                names.PAGES: ask.pages,
                names.DWELL: ask.dwell,
                names.DISCOUNT: ask.discount,
                names.MEDIAN: ask.median,
                names.DEGREES: ask.degrees,
            },
            items=[f"item-{k:03d}" for k in shelf.items.tolist()],
            latency_ms=latency_ms,
            status=200,
            fallback=shelf.generic if self._plan.sends_flag else None,
        )

    def _take_beacons(self, request: Request) -> Response:
        for beacon in self._beacons.decode(request.body):
            self._clock.set(beacon.time)
            self._client.outcome(
                beacon.kind,
                value=beacon.value,
                prediction_id=beacon.request,
                unit=self._units[beacon.user],
            )
        return Response()

    def _notice_deploy(self, version: str) -> None:
        # Requests of one moment come over several connections, so that one of just before a deploy may be
        # handled after one of just after it: a version once left is only entered again by a roll-back.
        if version != self._version and version == names.VERSIONS[1]:
            asked_at, self._clock.now = self._clock.now, self._plan.onset
            self._tell_version(self._version, version)
            self._clock.now = asked_at

    def _tell_version(self, before: str, after: str) -> None:
        back = after == names.VERSIONS[0]
        title = f"{'Roll back' if back else 'Release'} {names.MODEL} {after} to everyone"
        self._client.change("model_version", what=names.MODEL, before=before, after=after, title=title)
        self._version = after

    def _tell_mitigated(self, before: str, after: str) -> None:
        self._clock.now = self._clock.latest  # a webhook brings no time of the drill with it
        self._tell_version(before, after)


def _attributes(plan: Plan, people: People) -> list[dict[str, str]]:
    """Return each user's segment attributes, as the directory has them."""
    columns = {
        names.SHARD: (plan.shards, people.shard),
        names.AREA: (names.AREAS, people.area),
        names.HALL: (names.HALLS, people.hall),
        names.TIER: (names.TIERS, people.tier),
        names.LANGUAGE: (names.LANGUAGES, people.language),
        names.HANDSET: (names.HANDSETS, people.handset),
        names.BUILD: (names.BUILDS, people.build),
        names.COHORT: (names.COHORTS, people.cohort),
    }
    told = {name: [words[k] for k in codes] for name, (words, codes) in columns.items()}
    return [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True)]

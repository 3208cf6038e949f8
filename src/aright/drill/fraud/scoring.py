"""One of the two scoring services: answers with the version that its alias stands for, and reports."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.fraud import names
from aright.drill.fraud.messages import FRAUD, HONEST, Decision, Label, Payment, Serving
from aright.drill.fraud.model import Known
from aright.drill.fraud.scorer import THRESHOLD
from aright.drill.moment import TIME_HEADER
from aright.drill.wire.server import Request, Response
from aright.sdk import held_out

if TYPE_CHECKING:
    from aright.drill.fraud.scorer import Scorer
    from aright.drill.moment import Clock
    from aright.sdk import Client
    from aright.sdk.follow import Follower

HELD_OUT: Final = 0.05
"""Share of refusals that are let through all the same, so that it is seen what they were."""

NO_MODEL: Final = Response(b'{"error":"no version is served yet"}', 503)


class Scoring:
    """Handles payments, copies of payments, and what became of them.

    Args:
        arm: ``stable`` or ``canary``.
        follower: has the version.
        client: reports.
        clock: the one that ``client`` reads.
    """

    def __init__(self, arm: str, follower: Follower[Scorer], client: Client, clock: Clock) -> None:
        self._arm = arm
        self._follower = follower
        self._client = client
        self._clock = clock
        self._payment = msgspec.json.Decoder(Payment)
        self._labels = msgspec.json.Decoder(list[Label])

    def score(self, request: Request) -> Response:
        """Answer a payment, or a copy of one."""
        began = time.perf_counter()
        version, scorer = self._follower.current
        if scorer is None:
            return NO_MODEL
        self._clock.set(int(request.headers[TIME_HEADER]))
        asked = self._payment.decode(request.body)
        score = scorer.score(Known(asked.features, asked.market, asked.till))
        kept = score >= THRESHOLD and held_out(asked.id, HELD_OUT, salt=names.SERVICE)
        of = request.headers.get(names.COPY, "")
        answer = f"{asked.id}-s" if of else asked.id
        told = Decision(approved=score < THRESHOLD or kept, score=score, version=version, id=answer)
        self._report(asked, told, of, kept, (time.perf_counter() - began) * 1_000)
        return Response(msgspec.json.encode(told))

    def label(self, request: Request) -> Response:
        """Report what came to be known of payments."""
        for each in self._labels.decode(request.body):
            self._client.outcome(
                each.kind,
                each.value,
                prediction_id=each.answer,
                unit=each.card,
                label=each.found,
                time=each.time,
            )
        return Response()

    def serving(self, _: Request) -> Response:
        """Tell which version is served."""
        return Response(msgspec.json.encode(Serving(version=self._follower.version)))

    def _report(self, asked: Payment, told: Decision, of: str, kept: bool, took_ms: float) -> None:  # noqa: FBT001  the line of the answer
        self._client.prediction(
            id=told.id,
            unit=asked.card,
            version=told.version,
            arm="shadow" if of else self._arm,
            pair=of,
            attributes={
                names.MARKET: asked.market,
                names.TILL: asked.till,
                names.WALLET: asked.wallet,
                names.TERMINAL: asked.terminal,
                **({"held_out": "yes"} if kept else {}),
            },
            features=asked.features,
            score=told.score,
            latency_ms=took_ms,
            status=200,
        )


def found_of(*, fraud: bool) -> str:
    """Return the label of a payment.

    >>> found_of(fraud=False)
    'honest'
    """
    return FRAUD if fraud else HONEST

"""Who pays when, what is made of it, and what comes to be known of it later."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from aright.drill.failure import AnswerError
from aright.drill.fraud import names
from aright.drill.fraud.messages import Decision, Label, Payment
from aright.drill.fraud.scorer import THRESHOLD
from aright.drill.fraud.scoring import found_of
from aright.drill.fraud.world import features_of, make_payments
from aright.drill.moment import TIME_HEADER
from aright.drill.times import MINUTE, SECOND
from aright.drill.wire.client import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.drill.fraud.plan import Plan
    from aright.drill.wire.client import Reply

A_MINUTE: Final = 1_500
"""Payments in a minute."""

LABELLED_AFTER: Final = (10 * SECOND, 40 * SECOND)
"""From when to when after a payment it is known whether it was fraud: in life that takes weeks."""

COMPLAIN: Final = 0.3
"""Share of honest payers that complain when they are refused, and within how long."""
COMPLAIN_WITHIN: Final = 30 * SECOND


class Asked(NamedTuple):
    """A payment under way.

    Attributes:
        at: when (µs, UTC).
        payment: as it is sent.
        fraud: the truth.
    """

    at: int
    payment: Payment
    fraud: bool


class Served(NamedTuple):
    """What users were served in a while.

    Attributes:
        payments: how many.
        right: share of them that were decided rightly.
    """

    payments: int
    right: float


class Payers:
    """Plays all payers of a drill, and keeps the truth.

    Args:
        plan: of the drill.

    Attributes:
        asked: payments made.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        # What is paid does not follow from what was decided, so that it has chance of its own.
        self._rng = np.random.default_rng([plan.seed, 54])
        self._afterwards = np.random.default_rng([plan.seed, 55])
        self._later: list[tuple[int, int, Label]] = []
        self._decision = msgspec.json.Decoder(Decision)
        self._kept: list[tuple[int, str, bool]] = []
        self._labels = 0
        self.asked = 0

    def pay(self, start: int, end: int) -> list[Asked]:
        """Return the payments from ``start`` up to ``end`` (µs), in order of time."""
        rng, count = self._rng, int(self._rng.poisson(A_MINUTE * (end - start) / MINUTE))
        times = np.sort(rng.integers(start, end, size=count))
        some = make_payments(self._plan, count, rng)
        wallets, terminals = rng.integers(len(names.WALLETS), size=count), rng.integers(4, size=count)
        told = []
        for k in range(count):
            payment = Payment(
                id=f"p{self._plan.seed}-{self.asked + k:06d}",
                card=f"card-{some.card[k]:05d}",
                market=names.MARKETS[some.market[k]],
                till=names.TILLS[some.till[k]],
                wallet=names.WALLETS[wallets[k]],
                terminal=names.TERMINALS[terminals[k]],
                features=features_of(some, k),
            )
            told.append(Asked(int(times[k]), payment, bool(some.fraud[k])))
        self.asked += count
        return told

    def read(self, asked: Sequence[Asked], replies: Sequence[Reply]) -> list[Decision]:
        """Take the answers, and see to what comes to be known later; raises ``AnswerError`` but for 200."""
        decisions = []
        for one, reply in zip(asked, replies, strict=True):
            decision = self._decision.decode(_body(reply))
            decisions.append(decision)
            refuses = decision.score >= THRESHOLD
            self._kept.append((one.at, decision.version, refuses == one.fraud))
            if decision.approved:
                self._settle(one, decision)
            elif not one.fraud and self._afterwards.random() < COMPLAIN:
                at = one.at + int(self._afterwards.integers(SECOND, COMPLAIN_WITHIN))
                self._note(at, one, names.COMPLAINT, 1.0, decision.id, "")
        return decisions

    def copied(self, asked: Sequence[Asked], replies: Sequence[Reply], shown: Sequence[Decision]) -> None:
        """Take the answers to copies; what comes to be known of a payment is said of them, too.

        Raises ``AnswerError`` for any but 200.
        """
        for one, reply, first in zip(asked, replies, shown, strict=True):
            decision = self._decision.decode(_body(reply))
            if first.approved:
                self._settle(one, decision)

    def labels(self, until: int) -> list[Label]:
        """Return what came to be known before ``until`` (µs), in order of time; each is returned once."""
        told = []
        while self._later and self._later[0][0] < until:
            told.append(heapq.heappop(self._later)[2])
        return told

    def served(self, start: int, end: int) -> Served:
        """Return what was served from ``start`` up to ``end`` (µs); of nothing, all of it was right."""
        right = [ok for at, _, ok in self._kept if start <= at < end]
        return Served(len(right), float(np.mean(right)) if right else 1.0)

    def share(self, version: str, start: int, end: int) -> float:
        """Return the share of payments from ``start`` up to ``end`` (µs) that a version decided."""
        by = [one == version for at, one, _ in self._kept if start <= at < end]
        return float(np.mean(by)) if by else 0.0

    def decided_by(self, version: str, start: int, end: int) -> Served:
        """Return what a version decided from ``start`` up to ``end`` (µs)."""
        right = [ok for at, one, ok in self._kept if one == version and start <= at < end]
        return Served(len(right), float(np.mean(right)) if right else 1.0)

    def _settle(self, one: Asked, decision: Decision) -> None:
        right = (decision.score >= THRESHOLD) == one.fraud
        at = one.at + int(self._afterwards.integers(*LABELLED_AFTER))
        self._note(at, one, names.CORRECT, float(right), decision.id, found_of(fraud=one.fraud))

    def _note(self, at: int, one: Asked, kind: str, value: float, answer: str, found: str) -> None:
        self._labels += 1
        label = Label(at, kind, value, answer, one.payment.card, found)
        heapq.heappush(self._later, (at, self._labels, label))


def _body(reply: Reply) -> bytes:
    if reply.status != 200:
        raise AnswerError(f"a payment was answered {reply.status}: {reply.body[:200]!r}")
    return reply.body


def rendered(asked: Sequence[Asked], copies: Sequence[Decision] = ()) -> list[bytes]:
    """Return requests as bytes; with answers that were shown, copies that nobody waits for."""
    told = []
    for k, one in enumerate(asked):
        headers = {TIME_HEADER: str(one.at), names.CARD: one.payment.card}
        if copies:
            headers[names.COPY] = copies[k].id
        told.append(render("POST", names.SCORE, msgspec.json.encode(one.payment), headers))
    return told

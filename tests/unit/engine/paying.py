"""Payloads of a third party on a driven clock, given to the part that watches contracts."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.columns import CATEGORY, PAYLOAD_FIELDS
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.model.times import HOUR, SECOND
from aright.engine.contracts import ContractsPart
from aright.engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aright.core.model.alert import Alert
    from aright.core.model.signal import SignalPoint
    from aright.core.model.times import Micros
    from aright.engine.contract_store import Watched
    from aright.engine.parts import Told

START = 1_790_000_000_000_000 // HOUR * HOUR
WIDTH = Settings().width
Document = dict[str, Any]
Change = "Callable[[Document], Document]"


def payloads(
    rows: Iterable[tuple[Micros, object]],
    *,
    service: str = "shop",
    dependency: str = "rates",
    endpoint: str = "GET /v1/rates",
    direction: str = "response",
) -> pa.Table:
    """Return rows of one endpoint, as the intake gives them."""
    times, bodies = [], []
    for at, document in rows:
        times.append(at)
        bodies.append(document if isinstance(document, bytes) else msgspec.json.encode(document))
    same = {"service": service, "dependency": dependency, "endpoint": endpoint, "direction": direction}
    columns: dict[str, pa.Array] = {"time": pa.array(times, PAYLOAD_FIELDS["time"])}
    for name, value in same.items():
        array = pa.array([value] * len(times), pa.string())
        columns[name] = array.dictionary_encode() if PAYLOAD_FIELDS[name] == CATEGORY else array
    columns["body"] = pa.array(bodies, pa.binary())
    return pa.table(columns)


class ThirdParty:
    """Answers with prices that follow the hour of the day."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)

    def document(self, at: Micros) -> Document:
        course = math.sin(2 * math.pi * (at % (24 * HOUR)) / (24 * HOUR))
        price = round(math.exp(self.random.gauss(3 + 0.4 * course, 0.4)), 2)
        return {
            "id": f"r-{self.random.randrange(10**6)}",
            "price": price,
            "lang": self.random.choices(["en", "de", "fr"], [4 + course, 2, 1])[0],
            "open": self.random.random() < 0.9,
        }


def cents(document: Document) -> Document:
    return document | {"price": round(document["price"] * 100)}


def locale(document: Document) -> Document:
    return document | {"lang": {"en": "en-US", "de": "de-DE", "fr": "fr-FR"}[document["lang"]]}


class Course:
    """Drives a part window by window."""

    def __init__(self, *, seed: int = 1, settings: Settings | None = None) -> None:
        self.state = MemoryState()
        self.settings = settings or Settings()
        self.party = ThirdParty(seed)
        self.at = START
        self.alerts: list[Alert] = []
        self.points: list[SignalPoint] = []
        self.late = 0
        self.part = ContractsPart(Service(key="shop"), self.settings)

    def restart(self) -> None:
        """Begin again with what the state has; documents of open windows would be given again."""
        self.part = ContractsPart(Service(key="shop"), self.settings)
        with self.state.transaction() as tx:
            self.part.resume(tx, self.at)

    def give(self, documents: Iterable[object], **where: str) -> None:
        """Give documents, spread over the window that is open."""
        each = list(documents)
        step = WIDTH // max(len(each), 1)
        self.part.take(
            Kind.PAYLOADS,
            payloads([(self.at + step * n, document) for n, document in enumerate(each)], **where),
        )

    def close(self, *, quiet: bool = False) -> Told:
        """Close the window."""
        with self.state.transaction() as tx:
            told = self.part.close(tx, self.at, now=self.at + WIDTH + 10 * SECOND, quiet=quiet)
        self.at += WIDTH
        self.alerts += told.alerts
        self.points += told.points
        self.late += told.late
        return told

    def run(
        self,
        windows: int,
        *,
        each: int = 30,
        change: Callable[[Document], Document] = lambda document: document,
        quiet: bool = False,
        restart_at: int = -1,
        **where: str,
    ) -> None:
        """Let windows pass with so many documents each."""
        for number in range(windows):
            if number == restart_at:
                self.restart()
            self.give((change(self.party.document(self.at)) for _ in range(each)), **where)
            self.close(quiet=quiet)

    @property
    def only(self) -> Watched:
        """Return the one endpoint that is watched."""
        (watched,) = self.part.watched.values()
        return watched

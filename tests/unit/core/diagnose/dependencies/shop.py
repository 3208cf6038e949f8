"""A small shop: a gate, a cart and a stock room; requests leave spans and lines, and faults can be chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.columns import LOG_FIELDS, SPAN_FIELDS

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
ALARM = START + 600 * SECOND
END = START + 780 * SECOND


@dataclass
class Shop:
    """Writes down what one request after another does.

    Attributes:
        fault: what is broken since the alarm; a name that the methods below know, or none.
        seed: of the chance.
        every: seconds between requests.
    """

    fault: str = ""
    seed: int = 0
    every: float = 2.0
    since: int = ALARM
    spans: list[dict[str, object]] = field(default_factory=list)
    lines: list[dict[str, object]] = field(default_factory=list)

    def run(self) -> Shop:
        chance = np.random.default_rng(self.seed)
        for number, at in enumerate(range(START, END, int(self.every * SECOND))):
            self.visit(f"t{number}", at, chance, broken=self.fault if at >= self.since else "")
        return self

    def telemetry(self, **changed: object) -> Telemetry:
        told = {
            "at": ALARM,
            "reference": (START, ALARM - 60 * SECOND),
            "current": (ALARM - 60 * SECOND, END),
            "spans": table(self.spans, SPAN_FIELDS),
            "logs": table(self.lines, LOG_FIELDS),
        }
        return Telemetry(**{**told, **changed})

    def visit(self, trace: str, at: int, chance: np.random.Generator, *, broken: str) -> None:
        """The gate calls the cart, which asks the stock twice and writes."""
        slow = {name: float(chance.gamma(20.0, 0.5)) for name in ("gate", "cart", "stock", "wire")}
        if broken == "stock slow":
            slow["stock"] *= 8
        if broken == "wire slow":
            slow["wire"] *= 8
        here = "gate", "gate-1", trace
        stock_fails = broken == "stock refuses"
        asks = 1 if broken == "cart asks once" else 2
        lengths = [slow["stock"] + 2 * slow["wire"]] * asks
        cart = slow["cart"] + sum(lengths)
        wait = cart + 2
        self.span(here, "1", None, "GET /", at, wait + slow["gate"], failed=stock_fails)
        self.span(here, "2", "1", "call cart", at + 1_000, wait)
        there = "cart", "cart-1", trace
        self.span(there, "3", "2", "POST /cart", at + 2_000, cart, failed=stock_fails)
        self.line(there, "3", at + 2_100, f"cart {trace} opened")
        clock = at + 3_000
        room = "stock", "stock-1", trace
        for turn in range(asks):
            self.span(there, f"4{turn}", "3", "call stock", clock, lengths[turn])
            self.span(
                room, f"5{turn}", f"4{turn}", "GET /stock", clock + 500, slow["stock"], failed=stock_fails
            )
            self.line(room, f"5{turn}", clock + 600, f"looking for item {clock}")
            if stock_fails:
                self.line(room, f"5{turn}", clock + 700, "cannot open the drawer", severity=17)
            elif broken != "stock silent":
                self.line(room, f"5{turn}", clock + 700, f"found {clock % 97} items")
            self.span(room, f"6{turn}", f"5{turn}", "SELECT", clock + 650, slow["stock"] / 2)
            clock += int(lengths[turn] * 1_000)
        self.line(there, "3", clock, "stock did not answer" if stock_fails else "stock answered")
        if broken == "cart new step":
            self.span(there, "7", "3", "recount", clock, 1.0)

    def span(
        self,
        where: tuple[str, str, str],
        id_: str,
        parent: str | None,
        name: str,
        at: int,
        ms: float,
        *,
        failed: bool = False,
    ) -> None:
        service, host, trace = where
        self.spans.append(
            {"time": at, "service": service, "host": host, "trace_id": trace, "id": id_, "parent_id": parent}
            | {"name": name, "kind": "internal", "duration_ms": ms, "status": "error" if failed else "ok"}
        )

    def line(self, where: tuple[str, str, str], span: str, at: int, body: str, severity: int = 9) -> None:
        service, host, trace = where
        self.lines.append(
            {"time": at, "service": service, "host": host, "trace_id": trace, "span_id": span}
            | {"body": body, "severity": severity}
        )


def table(rows: list[dict[str, object]], fields: dict[str, pa.DataType]) -> pa.Table:
    """Lay rows out in columns; what they lack is null."""
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in fields.items()})

"""What a service reports by several ways is sent, counted and ended as one."""

from __future__ import annotations

from typing import Any

import pytest

from aright.drill.messages import Flushed
from aright.drill.reporting import Reporting
from aright.sdk import Stats


class Way:
    """Reports as told: a tracing or the SDK's client."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.closed = False

    def flush(self, _seconds: float = 0.0) -> Any:
        return self.answer

    def stats(self) -> Stats:
        return Stats(accepted=9, quarantined=1, rejected=2, dropped={"queue_full": 4})

    def close(self) -> None:
        self.closed = True


def reporting(*ways: Any, client: Any = None) -> Reporting:
    return Reporting(ways, client)


@pytest.mark.parametrize(("spans", "rows"), [(True, True), (True, False), (False, True)])
def test_all_is_sent_where_spans_and_rows_are_and_what_is_lost_is_added_up(spans, rows):
    made = reporting(Way((spans, 3)), Way((True, 3)), client=Way(rows))
    assert made.flush() == Flushed(sent=spans and rows, dropped=3 + 7)


def test_a_service_may_report_by_traces_alone_or_by_rows_alone():
    assert reporting(Way((True, 2))).flush() == Flushed(sent=True, dropped=2)
    assert reporting(client=Way(answer=True)).flush() == Flushed(sent=True, dropped=7)


def test_closing_closes_every_way():
    ways = Way((True, 0)), Way((True, 0)), Way(answer=True)
    reporting(*ways[:2], client=ways[2]).close()
    assert all(way.closed for way in ways)
    reporting(ways[0]).close()

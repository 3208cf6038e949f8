"""Metrics of a service come by remote-write, under the names of its jobs, through a restart in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cramjam
import msgspec
import pytest

from aright.bootstrap import Options, build
from aright.core.model.catalog import Catalog
from aright.core.model.service import Service
from aright.core.model.times import SECOND
from bench.remote_write_bodies import first
from tests.unit.server.client import Client

if TYPE_CHECKING:
    from pathlib import Path

START = 1_767_225_600_000_000
WIDTH = 30 * SECOND
TOKEN = "story-token"
CATALOG = Catalog(services=(Service(key="shop", jobs=("shop-api", "shop-worker")),), slos=(), findings=())


class House:
    """aright on a driven clock, and a Prometheus that writes to it every ten seconds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.open()

    def open(self) -> None:
        options = Options(
            store=self._folder / "store", clock="driven", clock_start=START, token=TOKEN, catalog=CATALOG
        )
        self.aright = build(options)
        self._client = Client(self.aright.app)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json", **named}
        answer = self._client.ask(method, path, content=body, headers=given)
        assert answer.status_code in {200, 204}, answer.text
        return answer

    def write(self, second: int) -> None:
        at = START + second * SECOND
        self.ask("POST", "/v1/clock", msgspec.json.encode({"to": at}))
        series = [
            {"__name__": "orders_total", "job": "shop-api", "instance": "a"},
            {"__name__": "orders_total", "job": "shop-worker", "instance": "b"},
            {"__name__": "rss", "job": "shop-api", "instance": "a"},
        ]
        body = first(series, at // 1_000, [4.0 * second, 2.0 * second, 7.0])
        squeezed = bytes(cramjam.snappy.compress_raw(body))
        more = {"content_type": "application/x-protobuf", "content_encoding": "snappy"}
        for _ in range(2):  # a sender that got no answer sends again
            self.ask("POST", "/api/v1/write", squeezed, **more)

    def rates(self) -> dict[int, tuple[float, float]]:
        path = "/v1/process?service=shop&name=orders_per_second"
        points = self.ask("GET", f"{path}&start={START}").json()
        return {(point["start"] - START) // WIDTH: (point["mean"], point["top"]) for point in points}


@pytest.mark.parametrize("restart_at", [0, 35, 60], ids=["none", "within a window", "between two"])
def test_rates_go_on_behind_a_restart(tmp_path: Path, restart_at: int) -> None:
    house = House(tmp_path)
    for second in range(5, 125, 10):
        house.write(second)
        if second <= restart_at < second + 10:
            house.aright.stop()
            house.open()
    house.ask("POST", "/v1/clock", msgspec.json.encode({"to": START + 170 * SECOND}))
    services = {each["key"] for each in house.ask("GET", "/v1/services").json()}
    assert services == {"shop"}, "rows of its jobs are the service's, behind a restart too"
    rates = house.rates()
    assert set(rates) == set(range(4)), "a restart costs no window"
    assert all(rate == pytest.approx((3.0, 4.0)) for rate in rates.values())
    house.aright.stop()

"""kill −9 at any durable step of a whole server: what it acknowledged and found is all there, and once."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import msgspec

from aright.adapters.parquet import ParquetSegments, ParquetSettings
from aright.adapters.sql.sqlite import SqliteState
from aright.core.incident.chain import verify_chain
from aright.core.model.frame import Frame, Kind
from aright.core.model.incident import Incident
from aright.core.model.times import SECOND
from tests.contract.fake_pagerduty import FakePagerDuty
from tests.contract.listening import listen
from tests.stories.serving_until_killed import TOKEN
from tests.unit.engine.failing_shop import SERVICE, START, STEP, Plant, frames, quick

if TYPE_CHECKING:
    from aright.ports.state import State

STEPS = 88
CALM = 86
"""The step from which nothing is killed any more."""

LATER = START + STEPS * STEP + 180 * SECOND
"""When leases of the dead are over, so that what was to be sent has left."""

LIVES = 16
FOREVER = 2**60
HELPER = Path(__file__).with_name("serving_until_killed.py")
DOORS = {Kind.PREDICTIONS: "predictions", Kind.OUTCOMES: "outcomes", Kind.PROCESS: "process"}


class Keeper:
    """Starts servers on one store, each with a number of durable steps to live for."""

    def __init__(self, store: Path, pager: str) -> None:
        self._store = store
        self._pager = pager
        self._random = random.Random(3)
        self.deaths = 0
        self._process = subprocess.Popen(
            [sys.executable, str(HELPER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd()), "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders, self._told = self._process.stdin, self._process.stdout
        self._client = httpx.Client(timeout=20, headers={"Authorization": f"Bearer {TOKEN}"})
        self._url = ""
        self.child = 0

    def start(self, *, mortal: bool) -> None:
        """Start a server; one that dies while it starts is followed by another."""
        while True:
            length = self._random.randint(1, 200) if mortal and self.deaths < LIVES else 0
            print(self._store, self._pager, length, file=self._orders, flush=True)
            self.child = int(self._told.readline())
            if self._ready():
                return

    def restart(self) -> None:
        """Replace the server by one that dies."""
        os.kill(self.child, signal.SIGKILL)
        assert not self._ready()
        self.deaths -= 1  # that was no death of its own
        self.start(mortal=True)

    def post(self, path: str, body: bytes, content: str = "application/json", method: str = "POST") -> bool:
        """Return whether the server answered; it is killed where it did not."""
        try:
            answer = self._client.request(
                method, self._url + path, content=body, headers={"Content-Type": content}
            )
        except httpx.TransportError:
            assert not self._ready()
            return False
        assert answer.status_code == 200, answer.text
        return True

    def end(self) -> None:
        """Stop the server as its user would."""
        os.kill(self.child, signal.SIGINT)
        said = [line.strip() for line in iter(self._told.readline, "gone 0\n")]
        assert not any(line.startswith("gone") for line in said), said
        self._client.close()
        self._orders.close()
        assert self._process.wait(20) == 0
        self._told.close()

    def _ready(self) -> bool:
        said = ""
        for line in self._told:
            if found := re.search(r"ready at (http\S+)", line):
                self._url = found[1]
                return True
            if line.startswith("gone"):
                assert line.split()[1] == str(-signal.SIGKILL), said
                self.deaths += 1
                return False
            said += line
        raise AssertionError(said)


def play(keeper: Keeper) -> tuple[list[Frame], list[Frame]]:
    """Play the failing shop; return the bodies that were acknowledged, and those that died on the way."""
    sure: list[Frame] = []
    unsure: list[Frame] = []
    keeper.start(mortal=False)
    assert keeper.post("/v1/services/shop", msgspec.json.encode(SERVICE), method="PUT")
    keeper.restart()
    for number in range(STEPS):
        mortal = number < CALM
        for frame in frames(number):
            answered = keeper.post(f"/v1/{DOORS[frame.kind]}", frame.body, "application/x-ndjson")
            (sure if answered else unsure).append(frame)
            if not answered:
                keeper.start(mortal=mortal)
        while not keeper.post("/v1/clock", msgspec.json.encode({"to": START + (number + 1) * STEP})):
            keeper.start(mortal=mortal)
    assert keeper.post("/v1/clock", msgspec.json.encode({"to": LATER}))
    return sure, unsure


def names(frame: Frame) -> list[str]:
    rows = [msgspec.json.decode(line) for line in frame.body.splitlines()]
    return [row.get("id") or f"{row.get('prediction_id', '')}@{row['time']}" for row in rows]


def found_in(store: Path) -> dict[Kind, list[str]]:
    segments = ParquetSegments(ParquetSettings(folder=store / "segments"))
    found: dict[Kind, list[str]] = {}
    for kind in DOORS:
        rows = segments.scan(kind, "shop", 0, FOREVER)
        times = rows["time"].cast("int64").to_pylist()
        if kind is Kind.PREDICTIONS:
            found[kind] = rows["id"].to_pylist()
        elif kind is Kind.OUTCOMES:
            found[kind] = [
                f"{name}@{at}" for name, at in zip(rows["prediction_id"].to_pylist(), times, strict=True)
            ]
        else:
            found[kind] = [f"@{at}" for at in times[::2]]  # two metrics each
    return found


def points(state: State) -> list[bytes]:
    with state.transaction() as tx:
        return [msgspec.json.encode(point) for point in tx.points("shop", start=0, end=FOREVER)]


def undisturbed(bodies: list[Frame]) -> Plant:
    """Return an engine that was given the same bodies and was never killed."""
    plant = Plant(settings=quick())
    plant.desk.register(SERVICE)
    given = {body.body for body in bodies}
    for number in range(STEPS):
        for frame in frames(number):
            if frame.body in given:
                plant.intake.accept(frame).durable.result()
        plant.desk.advance(START + (number + 1) * STEP)
    plant.desk.advance(LATER)
    return plant


def test_a_server_killed_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    store, fake = tmp_path / "store", FakePagerDuty()
    with listen(fake.answer) as listener:
        keeper = Keeper(store, listener.url)
        sure, unsure = play(keeper)
        keeper.end()
    assert keeper.deaths == LIVES, "the test shows less than it could"

    found = found_in(store)
    kept = list(sure)
    for kind, there in found.items():
        assert len(there) == len(set(there)), "no row twice"
        acknowledged = {name for frame in sure if frame.kind is kind for name in names(frame)}
        assert acknowledged <= set(there), "no acknowledged row lost"
        kept += [frame for frame in unsure if frame.kind is kind and set(names(frame)) <= set(there)]
        assert set(there) == {name for frame in kept if frame.kind is kind for name in names(frame)}

    state = SqliteState(store / "state.db")
    plant = undisturbed(kept)
    assert points(state) == points(plant.state), "every window counts what it would have counted"
    with state.transaction() as tx:
        (incident,) = tx.list(Incident)
        told, sent = tx.events(incident.key), tx.messages(incident.key)
    state.close()
    (wanted,) = plant.desk.incidents()
    assert (incident.title, incident.opened_at) == (wanted.title, wanted.opened_at)
    assert verify_chain(told)
    assert [event.kind for event in told].count("paged") == 1
    assert {message.status for message in sent} == {"sent"}
    assert [alert.dedup_key for alert in fake.alerts] == [message.dedup_key for message in sent]

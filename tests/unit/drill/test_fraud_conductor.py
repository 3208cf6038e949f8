"""Who releases: gate, release, waiting; with aright, registry and processes that are played."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from aright.drill.failure import AnswerError, StageError
from aright.drill.fraud import conductor, names
from aright.drill.fraud.conductor import COOL_DOWN, LONGEST, REST, WARM_UP, Conductor
from aright.drill.fraud.gate import Gated
from aright.drill.fraud.messages import Serving
from aright.drill.fraud.plan import Fault, make_plan
from aright.drill.fraud.registry import Models, artifact
from aright.drill.times import MINUTE
from aright.drill.views import ReleaseView
from aright.drill.wire.client import Reply
from aright.drill.wire.server import Request, Response, listen


class Aright:
    """Takes releases, and lets each end when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.state = "shadow"

    async def register(self, name, entry):
        self.asked.append((name, entry))

    async def begin_release(self, name, body):
        self.asked.append((name, body))
        return self._release(body["version"])

    async def release(self, key):
        assert key == "REL-1"
        return self._release("2")

    async def ledger(self, key):
        assert key == "REL-1"
        return []

    def _release(self, version):
        return ReleaseView("REL-1", version, "1", self.state, 0)


class Registry:
    def __init__(self) -> None:
        self.said = {names.CHAMPION: "1"}

    async def aliases(self):
        return self.said


class Line:
    def __init__(self, serves: dict[str, str], role: str) -> None:
        self.serves, self.role = serves, role

    async def send(self, *_):
        return Reply(200, msgspec.json.encode(Serving(version=self.serves[self.role])))


class Process:
    def __init__(self, serves: dict[str, str]) -> None:
        self.serves = serves

    def __getitem__(self, role: str) -> Line:
        return Line(self.serves, role)


class Bench:
    def __init__(self, fault, seed=2, *, closed=False) -> None:
        self.plan = make_plan(seed, fault)
        self.aright, self.registry = Aright(), Registry()
        self.serves = {names.STABLE: "1", names.CANARY: ""}
        self.gated: list[tuple[str, str]] = []
        self.closed = closed
        self.conductor = Conductor(
            self.plan,
            self.aright,  # type: ignore[arg-type]  # played
            self.registry,  # type: ignore[arg-type]  # played
            Process(self.serves),  # type: ignore[arg-type]  # played
            self.gate,
            lambda shadow: {"shadow": shadow},
        )

    async def gate(self, version, stable):
        self.gated.append((version, stable))
        return Gated(closed=self.closed, report={"closed": self.closed})

    def turn(self, minutes):
        asyncio.run(self.conductor.turn(self.plan.start + minutes * MINUTE))


WARM = WARM_UP // MINUTE


def test_a_release_is_gated_begun_watched_and_ended():
    bench = Bench(Fault.UNITS)
    bench.turn(WARM - 1)
    assert bench.conductor.told == []
    bench.turn(WARM)
    assert bench.gated == [("2", "1")]
    assert bench.aright.asked[0] == (names.SERVICE, {"shadow": True})
    assert bench.aright.asked[1][1]["version"] == "2"
    assert "force" not in bench.aright.asked[1][1]
    assert bench.conductor.copies
    bench.aright.state = "rolled_back"
    bench.turn(WARM + 1)
    told = bench.conductor.told[0]
    assert (told.over, told.chained) == (True, False)  # a ledger without lines is none
    ended = bench.plan.start + (WARM + 1) * MINUTE
    assert not bench.conductor.done(ended)
    assert bench.conductor.done(ended + COOL_DOWN)


def test_what_the_gate_keeps_is_not_begun():
    bench = Bench(Fault.LEAK, closed=True)
    bench.turn(WARM)
    assert bench.aright.asked == []
    assert bench.conductor.told[0].over
    bench.turn(WARM + REST // MINUTE)
    assert len(bench.gated) == 1


def test_what_is_forced_goes_past_the_closed_gate():
    bench = Bench(Fault.FORCED, closed=True)
    bench.turn(WARM)
    body = bench.aright.asked[1][1]
    assert (body["force"], body["confirm"], body["gate"]) == (True, names.SERVICE, {"closed": True})


def test_it_is_waited_until_processes_serve_what_their_alias_stands_for(monkeypatch):
    bench = Bench(Fault.GOOD)
    bench.turn(0)
    assert bench.conductor.followed.moves == 1
    bench.registry.said[names.CANDIDATE] = "2"
    monkeypatch.setattr(conductor, "FOLLOW_SECONDS", 0.02)
    with pytest.raises(StageError, match="canary does not serve version 2"):
        bench.turn(1)
    bench.serves[names.CANARY] = "2"
    bench.turn(1)
    assert bench.conductor.followed.served == {names.STABLE: "1", names.CANARY: "2"}


def test_a_release_without_an_end_is_not_waited_for_for_ever():
    bench = Bench(Fault.GOOD)
    bench.turn(WARM)
    bench.turn(WARM + 1)
    with pytest.raises(StageError, match=r"REL-1 has not ended after 40 minutes: shadow"):
        bench.turn(WARM + LONGEST // MINUTE + 1)


class Mlflow:
    """As much of the registry's server as is asked for."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.versions: list[dict[str, str]] = []
        self.first = 1

    def handle(self, request: Request) -> Response:
        what = request.path.removeprefix("/api/2.0/")
        if what.startswith("mlflow-artifacts"):
            if request.method == "PUT":
                self.kept[what] = request.body
            return Response(self.kept[what])
        if what == "mlflow/runs/create":
            place = f"mlflow-artifacts:/0/r{len(self.kept)}/artifacts"
            return Response(
                msgspec.json.encode(
                    {"run": {"info": {"run_id": f"r{len(self.kept)}", "artifact_uri": place}}}
                )
            )
        if what == "mlflow/model-versions/create":
            self.versions.append(msgspec.json.decode(request.body))
            made = {"version": str(self.first + len(self.versions) - 1)}
            return Response(msgspec.json.encode({"model_version": made}))
        if what.startswith("mlflow/model-versions/get?"):
            found = self.versions[int(what.rpartition("=")[2]) - 1]
            return Response(msgspec.json.encode({"model_version": {"version": "1", **found}}))
        if what.startswith("mlflow/registered-models/get?"):
            told = {"registered_model": {"aliases": [{"alias": names.CHAMPION, "version": "1"}]}}
            return Response(msgspec.json.encode(told))
        return Response()


def registering(mlflow, folder, use):
    async def play():
        listener = await listen(mlflow.handle)
        models = Models(f"http://127.0.0.1:{listener.port}")
        for version in ("1", "2"):
            (folder / version).mkdir()
            (folder / version / "parameters.json").write_bytes(b'{"weights":[[%s]]}' % version.encode())
        try:
            await models.make({version: folder / version for version in ("1", "2")})
            return await use(models, f"http://127.0.0.1:{listener.port}")
        finally:
            await models.close()
            await listener.close()

    return asyncio.run(play())


def test_versions_are_registered_with_what_they_are(tmp_path):
    mlflow = Mlflow()

    async def use(models, url):
        kept = [await asyncio.to_thread(artifact, url, version) for version in ("1", "2")]
        return await models.aliases(), kept

    aliases, kept = registering(mlflow, tmp_path, use)
    assert aliases == {names.CHAMPION: "1"}
    assert kept == [b'{"weights":[[1]]}', b'{"weights":[[2]]}']
    assert [one["run_id"] for one in mlflow.versions] == ["r0", "r1"]


def test_a_registry_that_counts_otherwise_is_refused(tmp_path):
    mlflow = Mlflow()
    mlflow.first = 4

    async def use(models, url):
        raise AssertionError(models, url)

    with pytest.raises(AnswerError, match="made version 4, not 1"):
        registering(mlflow, tmp_path, use)

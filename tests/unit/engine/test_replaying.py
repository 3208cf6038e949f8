"""A case's stored inputs, run again on two versions: features or documents, with their truth and without."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from msgspec import structs

from aright.adapters.memory_replay import MemoryReplayer
from aright.core.diagnose import Case
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.replay import Output, Replay, Stored
from aright.core.model.service import Service
from aright.core.model.times import MINUTE
from aright.core.observe.intake import read
from aright.engine.replaying import replay
from aright.engine.rows import Rows
from aright.ports.replayer import ReplayError
from tests.unit.engine.failing_shop import START, Plant

if TYPE_CHECKING:
    from aright.core.model.evidence import Replayed
    from aright.engine.world import World
    from aright.ports.replayer import Replayer

BEFORE = (START, START + 30 * MINUTE)
NOW = (START + 30 * MINUTE, START + 45 * MINUTE)
KINDS = ("box", "bag", "tube")


def kind_of(weight: float, *, wrong: bool) -> str:
    return KINDS[(int(weight) + wrong) % 3]


@dataclass
class Sorting:
    """A service that sorts parcels by weight, its rows, and versions that can be asked again.

    Attributes:
        weak: whether the new version is wrong above 7 (of 10).
        spoilt: whether weights of now come without their sign of being read well.
        deployed: whether the new version serves now; else the old one served before and now.
        documents: whether weights are in documents rather than features.
        labels: which sides' truth comes.
    """

    weak: bool = False
    spoilt: bool = False
    deployed: bool = True
    documents: bool = False
    labels: tuple[bool, bool] = (True, True)
    rows: int = 900
    seconds: float = 30.0
    asked: int = 0
    fail_after: int = 10**9
    fallback: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def answer(self, version: str, weight: float, blurred: bool) -> Output:
        wrong = blurred or (self.weak and version == "7" and weight > 7)
        return Output(label=kind_of(weight, wrong=wrong), confidence=0.6 if blurred else 0.9)

    def versions(self) -> Replayer:
        def made(version: str) -> Any:
            def run(each: Stored) -> Output:
                self.asked += 1
                if self.asked > self.fail_after:
                    raise ReplayError("the endpoint is gone")
                told: dict[str, Any] = json.loads(each.payload) if self.documents else {**each.features}
                return self.answer(version, float(told["weight"]), told["blur"] == "yes")

            return run

        return MemoryReplayer({version: made(version) for version in ("6", "7")})

    def world(self) -> World:
        world = replace(Plant().world, replayers={"url": self.versions()})
        rng = np.random.default_rng(1)
        for side, (start, end) in enumerate((BEFORE, NOW)):
            predictions, outcomes, payloads = [], [], []
            for at in range(self.rows):
                weight = float(rng.integers(10))
                blurred = bool(rng.random() < (0.35 if side and self.spoilt else 0.05))
                version = "7" if side and self.deployed else "6"
                time = start + at * (end - start) // self.rows
                given = {"weight": weight, "blur": "yes" if blurred else "no"}
                said = self.answer(version, weight, blurred)
                row = {
                    "id": f"p-{side}-{at}",
                    "time": time,
                    "service": "sorting",
                    "version": version,
                    "unit": f"u-{rng.integers(500)}",
                    "attributes": {"camera": "north"},
                    "output": {"label": said.label},
                    "confidence": said.confidence,
                    "trace_id": f"t-{side}-{at}",
                    **self.extra,
                }
                predictions.append(row if self.documents else {**row, "features": given})
                if self.documents and at % 2:
                    name = f"t-{side}-{at}" if at % 4 == 1 else f"p-{side}-{at}"
                    own = {"service": "sorting", "time": time, "trace_id": name, "endpoint": "POST /"}
                    payloads.append({**own, "dependency": "sorting", "direction": "request", "body": given})
                    payloads.append({**own, "dependency": "scales", "direction": "request", "body": {}})
                if self.labels[side]:
                    truth = {"kind": "checked", "value": 1, "label": kind_of(weight, wrong=False)}
                    outcomes.append(
                        {"service": "sorting", "time": time, "prediction_id": f"p-{side}-{at}", **truth}
                    )
            for kind, rows in (
                (Kind.PREDICTIONS, predictions),
                (Kind.OUTCOMES, outcomes),
                (Kind.PAYLOADS, payloads),
            ):
                if rows:
                    world.rows.add(kind, "sorting", table(kind, rows))
        return world

    def case(self, world: World) -> Case:
        how = Replay(
            way="url",
            target="http://sorting",
            inputs="payloads" if self.documents else "features",
            seconds=self.seconds,
            previous=self.fallback,
        )
        return Case(
            incident="INC-1",
            service=Service(key="sorting", replay=how),
            now=NOW[1],
            reference=world.rows.scan(Kind.PREDICTIONS, "sorting", *BEFORE),
            current=world.rows.scan(Kind.PREDICTIONS, "sorting", *NOW),
            reference_span=BEFORE,
            current_span=NOW,
        )

    def replayed(self) -> Replayed | None:
        world = self.world()
        return replay(world, self.case(world), budget_s=60)


def table(kind: Kind, rows: list[dict[str, Any]]) -> pa.Table:
    body = b"\n".join(json.dumps(row).encode() for row in rows)
    frame = Frame(kind=kind, format=Format.NDJSON, encoding=Encoding.IDENTITY, received_at=NOW[1], body=body)
    found = read(frame, limit_bytes=1 << 26)
    assert not found.bad, found.bad
    assert found.rows is not None
    return found.rows


@pytest.mark.parametrize("documents", [False, True])
def test_each_fault_is_told_from_what_was_stored(documents: bool) -> None:
    model = Sorting(weak=True, documents=documents).replayed()
    data = Sorting(spoilt=True, documents=documents).replayed()
    both = Sorting(weak=True, spoilt=True, documents=documents).replayed()
    nothing = Sorting(documents=documents, rows=2_000).replayed()

    assert [each.verdict for each in (model, data, both, nothing) if each] == [
        "model",
        "data",
        "both",
        "neither",
    ]
    assert model is not None
    assert (model.previous, model.version) == ("6", "7")


def test_without_labels_it_says_what_can_be_said() -> None:
    data = Sorting(spoilt=True, labels=(False, False)).replayed()
    model = Sorting(weak=True, labels=(True, False)).replayed()

    assert data is not None
    assert data.verdict == "data"
    assert "without the truth" in data.text
    assert model is not None
    assert model.verdict == "model"


def test_the_same_version_before_and_now_is_not_what_changed() -> None:
    found = Sorting(spoilt=True, deployed=False, fallback="7").replayed()

    assert found is not None
    assert (found.verdict, found.previous, found.version) == ("data", "7", "6")
    assert "6 served before, too" in found.text


def test_what_a_version_answers_to_be_replayed_must_be_known() -> None:
    assert Sorting(spoilt=True, deployed=False).replayed() is None
    assert Sorting(extra={"version": None}).replayed() is None
    assert Sorting(extra={"fallback": True}).replayed() is None
    assert Sorting(extra={"status": 503}).replayed() is None
    assert Sorting(extra={"arm": "shadow"}).replayed() is None

    silent = Sorting()
    world = silent.world()
    case = silent.case(world)
    assert replay(replace(world, replayers={}), case, budget_s=60) is None


def test_a_version_that_is_gone_says_so_and_one_that_goes_leaves_what_it_said() -> None:
    with pytest.raises(ReplayError, match="gone"):
        Sorting(weak=True, fail_after=10).replayed()
    with pytest.raises(ReplayError, match="no version 5"):
        Sorting(deployed=False, fallback="5").replayed()
    found = Sorting(weak=True, fail_after=500).replayed()

    assert found is not None
    assert found.verdict in {"model", "unclear"}
    assert sum(each.pairs for each in found.effects[:1]) < 300


def test_time_that_is_up_at_once_is_told() -> None:
    with pytest.raises(ReplayError, match="time"):
        Sorting(seconds=1e-9).replayed()


def test_rows_beyond_the_bound_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aright.engine.stored_inputs.MOST_ROWS", 600)
    monkeypatch.setattr("aright.engine.stored_inputs.MOST_DOCUMENTS", 300)
    features, documents = Sorting(spoilt=True).replayed(), Sorting(spoilt=True, documents=True).replayed()

    assert features is not None
    assert documents is not None
    assert features.verdict == documents.verdict == "data"
    assert documents.effects[0].pairs <= 600


@pytest.mark.parametrize("documents", [False, True])
def test_what_was_replayed_is_not_replayed_again(documents: bool) -> None:
    sorting = Sorting(weak=True, documents=documents)
    world = sorting.world()
    case = sorting.case(world)
    first = replay(world, case, budget_s=60)
    asked = sorting.asked
    assert first is not None
    assert asked > 0

    world.rows.flush()  # rows at rest are the same rows
    assert replay(world, sorting.case(world), budget_s=60, last=first) is first
    assert sorting.asked == asked

    again = replay(world, case, budget_s=60)
    assert again == first
    assert sorting.asked == 2 * asked


def test_whatever_else_a_replay_is_made_of_makes_another() -> None:
    sorting = Sorting(weak=True)
    world = sorting.world()
    case = sorting.case(world)
    first = replay(world, case, budget_s=60)
    assert first is not None

    def anew(world: World, case: Case) -> bool:
        asked = sorting.asked
        found = replay(world, case, budget_s=60, last=first)
        assert found is not None
        assert found.inputs != first.inputs
        return sorting.asked > asked

    assert anew(world, replace(case, current=case.current.slice(1)))
    weight = case.current.schema.get_field_index("feat.weight")
    lighter = pc.subtract(case.current["feat.weight"], 1)
    assert anew(world, replace(case, current=case.current.set_column(weight, "feat.weight", lighter)))
    assert anew(world, replace(case, service=_elsewhere(case.service)))
    late = {"service": "sorting", "time": NOW[1] - 1, "prediction_id": "p-1-5", "kind": "checked"}
    truth = table(Kind.OUTCOMES, [{**late, "value": 1, "label": "a late one"}])
    world.rows.add(Kind.OUTCOMES, "sorting", truth)
    assert anew(world, case)


def test_a_replay_that_time_cut_short_is_made_again() -> None:
    found = Sorting(weak=True, fail_after=500).replayed()
    assert found is not None
    assert found.inputs == ""


def test_documents_that_the_case_was_handed_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sorting = Sorting(spoilt=True, documents=True)
    world = sorting.world()
    case = sorting.case(world)
    handed = [world.rows.scan(Kind.PAYLOADS, "sorting", *span) for span in (BEFORE, NOW)]
    expected = replay(world, case, budget_s=60)
    read: list[tuple[int, int]] = []
    scan = Rows.scan

    def watched(rows: Rows, kind: Kind, service: str, start: int, end: int) -> pa.Table:
        if kind is Kind.PAYLOADS:
            read.append((start, end))
        return scan(rows, kind, service, start, end)

    monkeypatch.setattr(Rows, "scan", watched)
    assert replay(world, replace(case, payloads=pa.concat_tables(handed)), budget_s=60) == expected
    assert sum(end - start for start, end in read) < MINUTE  # before the first that was handed
    half = pa.concat_tables([handed[0].slice(handed[0].num_rows // 2), handed[1]])
    assert replay(world, replace(case, payloads=half), budget_s=60) == expected
    assert min(start for start, _ in read) == BEFORE[0]
    assert max(end for _, end in read) <= NOW[0] + MINUTE


def _elsewhere(service: Service) -> Service:
    assert service.replay is not None
    return structs.replace(service, replay=structs.replace(service.replay, target="http://other"))

"""A diagnosis is told as it comes, and a round that was broken off is taken up again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.adapters.memory_replay import MemoryReplayer
from aright.adapters.memory_trainings import MemoryTrainings
from aright.core.diagnose.found import FAILED, Found
from aright.core.incident.dues import diagnose_key
from aright.core.model.evidence import Step, Verdict
from aright.core.model.incident import Incident
from aright.core.model.inquiry import Inquiry
from aright.core.model.message import Due
from aright.core.model.replay import Output, Replay
from aright.core.model.run import DatasetUse, Run
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.core.model.training import Training
from aright.engine.diagnosing import run_diagnosis
from aright.ports.trainings import TrainingError
from tests.unit.engine.failing_shop import BREAKS, SERVICE, START, STEP, Plant, hurt

if TYPE_CHECKING:
    from aright.core.model.evidence import StepState
    from aright.core.model.times import Micros


def declared() -> Plant:
    """Return a shop with an incident that no diagnosis has been made of."""
    plant = Plant()
    plant.desk.register(SERVICE)
    for number in range(30):
        plant.step(number)
    hurt(plant, diagnosed=False)
    return plant


def states(plant: Plant, key: str = "INC-1") -> dict[Step, StepState]:
    found = plant.desk.incident(key).diagnosis
    assert found is not None
    return {each.step: each for each in found.steps}


def broken_off(plant: Plant, *, at: Micros, found: dict[str, bytes], service: str = "shop") -> None:
    with plant.world.state.transaction() as tx:
        tx.put(Inquiry(key="INC-1", service=service, at=at, found=found))


def kept(text: str) -> dict[str, bytes]:
    return {Step.SHADOW.value: msgspec.json.encode(Found(text=text))}


def test_every_step_says_how_it_ended_and_the_round_is_put_away() -> None:
    plant = declared()
    run_diagnosis(plant.world, "INC-1")
    assert set(states(plant)) == {Step.SCOPE, Step.PIPELINE, Step.INPUTS, Step.DEPENDENCIES, Step.SHADOW}
    with plant.world.state.transaction() as tx:
        assert tx.get(Inquiry, "INC-1") is None


def test_a_round_that_a_crash_broke_off_is_taken_up() -> None:
    plant = declared()
    now = plant.world.clock.now()
    broken_off(plant, at=now - MINUTE, found=kept("before the crash"))
    run_diagnosis(plant.world, "INC-1")
    assert states(plant)[Step.SHADOW].text == "before the crash"
    found = plant.desk.incident("INC-1").diagnosis
    assert found is not None
    assert found.at == now - MINUTE, "it looks at the rows of the round that was broken off"


def test_a_round_that_fits_no_more_begins_anew() -> None:
    plant = declared()
    now = plant.world.clock.now()
    for at, service in ((now - HOUR, "shop"), (now, "till")):
        broken_off(plant, at=at, found=kept("too old"), service=service)
        run_diagnosis(plant.world, "INC-1")
        assert states(plant)[Step.SHADOW].text != "too old"


def test_steps_that_failed_or_cannot_be_read_run_again() -> None:
    plant = declared()
    failed = {Step.SHADOW.value: msgspec.json.encode(Found(state=FAILED, text="it broke"))}
    odd = {"astrology": b"{}", Step.INPUTS.value: b"not JSON"}
    broken_off(plant, at=plant.world.clock.now(), found=failed | odd)
    run_diagnosis(plant.world, "INC-1")
    assert states(plant)[Step.SHADOW].text != "it broke"
    assert FAILED not in {each.state for each in states(plant).values()}


def test_what_is_known_so_far_is_shown_until_the_round_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = declared()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aright.engine.diagnosing._keep", killed)
    with pytest.raises(KeyboardInterrupt):
        run_diagnosis(plant.world, "INC-1")
    shown = plant.desk.incident("INC-1")
    assert shown.diagnosis is not None
    assert shown.diagnosis.scope.sentence
    with plant.world.state.transaction() as tx:
        incident, inquiry = tx.get(Incident, "INC-1"), tx.get(Inquiry, "INC-1")
    assert incident is not None
    assert incident.diagnosis is None
    assert inquiry is not None
    assert {Step.SCOPE.value, Step.INPUTS.value} & set(inquiry.found)


def test_what_one_step_cannot_read_breaks_that_step_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_asked: object, **_named: object) -> None:
        raise OSError("disk gone")

    monkeypatch.setattr("aright.engine.casework.telemetry_of", broken)
    plant = declared()
    run_diagnosis(plant.world, "INC-1")
    told = states(plant)
    assert (told[Step.DEPENDENCIES].state, told[Step.DEPENDENCIES].text) == (FAILED, "OSError: disk gone")
    assert all(each.state != FAILED for step, each in told.items() if step is not Step.DEPENDENCIES)


def test_who_asks_while_a_round_is_made_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = declared()
    began = plant.world.clock.now()
    real = plant.world.clock

    class Later:
        """The same clock, a minute on once the round has begun."""

        driven = True

        def __init__(self) -> None:
            self.asked = 0

        def now(self) -> Micros:
            self.asked += 1
            return real.now() if self.asked == 1 else began + MINUTE

    with plant.world.state.transaction() as tx:
        tx.schedule(Due(key=diagnose_key("INC-1"), task="diagnose", subject="INC-1", due_at=began + SECOND))
    monkeypatch.setattr(plant, "world", replace(plant.world, clock=Later()))
    run_diagnosis(plant.world, "INC-1")
    with plant.world.state.transaction() as tx:
        assert [due.due_at for due in tx.take_due(began + MINUTE, only="diagnose")] == [began + SECOND]


def test_an_incident_that_is_over_leaves_no_round_behind() -> None:
    plant = declared()
    plant.desk.resolve("INC-1", by="ada", confirm="shop")
    broken_off(plant, at=START, found={})
    with plant.world.state.transaction() as tx:
        tx.schedule(Due(key=diagnose_key("INC-1"), task="diagnose", subject="INC-1", due_at=START + STEP))
    run_diagnosis(plant.world, "INC-1")
    with plant.world.state.transaction() as tx:
        assert tx.get(Inquiry, "INC-1") is None
        assert diagnose_key("INC-1") not in {due.key for due in tx.take_due(START + 99 * HOUR)}


def test_without_rows_no_cause_is_named() -> None:
    plant = Plant()
    plant.desk.register(SERVICE)
    hurt(plant, diagnosed=False)
    run_diagnosis(plant.world, "INC-1")
    found = plant.desk.incident("INC-1").diagnosis
    assert found is not None
    assert (found.verdict, found.causes) == (Verdict.INCONCLUSIVE, ())


def test_stored_inputs_are_run_again_where_the_catalog_says_how() -> None:
    plant = Plant()
    how = Replay(way="url", target="http://shop.example/replay", previous="v0")
    plant.desk.register(msgspec.structs.replace(SERVICE, replay=how))
    for number in range(BREAKS + 20):
        plant.step(number)
    for known, versions in ((False, ("v1",)), (True, ("v0", "v1")), (True, ())):  # the last is remembered
        replayer = MemoryReplayer({version: lambda _: Output(items=("a",)) for version in versions})
        run_diagnosis(replace(plant.world, replayers={"url": replayer}), "INC-1")
        found = plant.desk.incident("INC-1").diagnosis
        assert found is not None
        assert states(plant)[Step.SHADOW].state == "done"
        told = [each.text for each in found.evidence]
        assert any("could not be run again: there is no version v0" in text for text in told) is not known
        if known:
            assert found.replayed is not None
            assert (found.replayed.previous, found.replayed.version) == ("v0", "v1")
            assert found.replayed.text in told
        else:
            assert found.replayed is None


def trained(version: str, at: Micros, depth: str) -> Run:
    return Run(
        key=f"mlflow/ranker/{version}",
        job="mlflow/ranker",
        run_id=version,
        state="complete",
        seen=at,
        ended=at,
        outputs=(DatasetUse(name="mlflow/ranker", version=version),),
        parameters={"depth": depth},
    )


def test_how_versions_were_made_is_asked_of_the_registry_that_the_catalog_names() -> None:
    plant = Plant()
    where = Training(mlflow="http://mlflow.example", model="ranker")
    plant.desk.register(msgspec.structs.replace(SERVICE, training=where))
    for number in range(BREAKS + 20):
        plant.step(number)
    known = MemoryTrainings({("ranker", "v1"): trained("v1", START, "6")})
    for trainings, said in (
        (known, "Version v1 was made by mlflow/ranker"),
        (Gone(), "How versions were made could not be read: http://mlflow.example is gone."),
    ):
        run_diagnosis(replace(plant.world, trainings=trainings), "INC-1")
        found = plant.desk.incident("INC-1").diagnosis
        assert found is not None
        assert states(plant)[Step.PIPELINE].state == "done"
        assert any(said in each.text for each in found.evidence)


class Gone:
    def made(self, training: Training, *, model: str, version: str, seconds: float) -> Run | None:
        raise TrainingError(f"{training.mlflow} is gone")

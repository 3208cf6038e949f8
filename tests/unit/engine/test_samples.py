"""Samples are kept beside an incident once it has been diagnosed, and cost it nothing where they fail."""

from __future__ import annotations

import pytest
from msgspec import structs

from aright.core.model.redaction import Redaction
from aright.core.model.samples import Samples
from aright.engine import samples
from aright.engine.diagnosing import run_diagnosis
from aright.engine.operations import UnknownError
from tests.unit.engine.failing_shop import SERVICE, Plant, hurt


def declared(**service: object) -> Plant:
    plant = Plant()
    plant.desk.register(structs.replace(SERVICE, **service))
    for number in range(100):
        plant.step(number)
    if not plant.desk.incidents():
        hurt(plant, diagnosed=False)
    return plant


def kept(plant: Plant) -> Samples:
    run_diagnosis(plant.world, "INC-1")
    found = plant.desk.samples("INC-1")
    assert found is not None
    return found


def test_a_diagnosed_incident_keeps_samples_that_outlive_its_rows() -> None:
    found = kept(declared())
    assert (found.key, found.service) == ("INC-1", "shop")
    assert found.pairs
    assert all(now is not None and now.values for _, now in found.pairs)


def test_a_service_says_what_is_masked() -> None:
    found = kept(declared(redact=Redaction(fields=("*",))))
    values = {value for pair in found.pairs for side in pair if side for _, value in side.values}
    assert values <= {"•••", "", "True", "False"}


def test_a_failure_costs_the_samples_and_not_the_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = declared()

    def fail(*_: object, **__: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(samples, "samples_of", fail)
    with plant.world.state.transaction() as tx:
        tx.delete(Samples, "INC-1")
    run_diagnosis(plant.world, "INC-1")
    assert plant.desk.samples("INC-1") is None
    assert plant.desk.incident("INC-1").diagnosis is not None


def test_an_incident_that_is_not_there_has_none() -> None:
    with pytest.raises(UnknownError):
        declared().desk.samples("INC-9")

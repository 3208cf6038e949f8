"""Every kind of service, watched: quiet while healthy, and told by the right signal when something breaks."""

from __future__ import annotations

from copy import deepcopy
from math import exp, factorial

import pytest

from aright.core.model.times import DAY, MINUTE
from bench.signals_days import Watched
from bench.signals_worlds import WORLDS

WIDTH = 20 * MINUTE
FAULTS = [(kind, fault) for kind, world in WORLDS.items() for fault in world.faults]


def at_most(expected, certainty=0.999):
    """Return the number that a Poisson count with this mean exceeds once in a thousand times."""
    total, many = 0.0, -1
    while total < certainty:
        many += 1
        total += exp(-expected) * expected**many / factorial(many)
    return many


@pytest.fixture(scope="module")
def after_a_day():
    """Return each kind of service as it is watched after a healthy day, and the false alarms of that day."""
    services = {kind: Watched(world, seed=1, width=WIDTH) for kind, world in WORLDS.items()}
    return services, [service.false_alarms(DAY // WIDTH) for service in services.values()]


def test_healthy_services_bring_no_more_false_alarms_in_a_day_than_is_promised(after_a_day):
    _, days = after_a_day
    pages, notices = (sum(column) for column in zip(*days, strict=True))
    assert pages <= at_most(len(days) / 30)
    assert notices <= at_most(len(days))


@pytest.mark.parametrize(("kind", "fault"), FAULTS, ids=[fault for _, fault in FAULTS])
def test_a_fault_is_told_by_its_signal_in_its_segment_within_few_windows(kind, fault, after_a_day):
    services, _ = after_a_day
    found = deepcopy(services[kind]).told(fault)
    assert found.after is not None, found.first
    assert found.after <= 4

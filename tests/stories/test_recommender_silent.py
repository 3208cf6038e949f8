"""A whole incident each, through the public doors: aright and the shop in processes of their own."""

from __future__ import annotations

import pytest

from aright.drill.catalogue import DRILLS
from aright.drill.run import Options, run

pytestmark = pytest.mark.drill


@pytest.mark.parametrize(("fault", "seed"), [("source", 2), ("bad-model", 5), ("none", 3)])
def test_recommender_silent(fault, seed):
    result = run(DRILLS[0].name, Options(fault=fault, seed=seed, port=0, stay=False))
    assert result.right, "\n".join(
        f"{check.name}: wanted {check.wanted}, found {check.found}" for check in result.wrong
    )

"""Pictures are graded worse, through the public doors: is it the pictures, the resizer or the model?"""

from __future__ import annotations

import pytest

from aright.drill.run import Options, run

pytestmark = pytest.mark.drill


@pytest.mark.parametrize(("fault", "seed"), [("camera-firmware", 0), ("none", 1)])
def test_vision_accuracy(fault, seed):
    result = run("vision-accuracy", Options(fault=fault, seed=seed, port=0, stay=False))
    assert result.right, "\n".join(
        f"{check.name}: wanted {check.wanted}, found {check.found}" for check in result.wrong
    )

"""Three services fail with a third party, through the public doors: one incident, one page, one cause."""

from __future__ import annotations

import pytest

from aright.drill.run import Options, run

pytestmark = pytest.mark.drill


@pytest.mark.parametrize(("fault", "seed"), [("language", 2), ("none", 3)])
def test_translation_cascade(fault, seed):
    result = run("translation-cascade", Options(fault=fault, seed=seed, port=0, stay=False))
    assert result.right, "\n".join(
        f"{check.name}: wanted {check.wanted}, found {check.found}" for check in result.wrong
    )

"""What tests of whole diagnoses share."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aright.core.diagnose.scene import open_scene

if TYPE_CHECKING:
    from aright.core.diagnose.case import Case
    from aright.core.diagnose.scene import Scene

MOST = 6
_SCENES: OrderedDict[tuple[object, ...], tuple[Case, Scene | None]] = OrderedDict()


@pytest.fixture
def scope_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find the scope of the same rows under the same alarms once: other tests see to what it finds."""
    monkeypatch.setattr("aright.core.diagnose.steps.open_scene", _opened)


def _opened(case: Case) -> Scene | None:
    harm = tuple((each.service, each.signal) for each in case.alerts if each.harm)
    rows = (id(case.reference), id(case.current), case.reference_span, case.current_span)
    key = (*rows, case.service, harm)
    if key not in _SCENES:
        _SCENES[key] = (case, open_scene(case))  # with the case, so that no other rows get its rows' ids
        while len(_SCENES) > MOST:
            _SCENES.popitem(last=False)
    scene = _SCENES[key][1]
    return None if scene is None else replace(scene, case=case)

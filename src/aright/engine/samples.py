"""Samples of the inputs, kept beside an incident once it has been diagnosed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aright.core.diagnose.samples import samples_of
from aright.engine.thumbnails import smaller

if TYPE_CHECKING:
    from aright.core.diagnose.case import Case
    from aright.core.diagnose.scene import Scene
    from aright.core.model.evidence import Diagnosis
    from aright.engine.world import World

_log = logging.getLogger(__name__)


def keep_samples(world: World, case: Case, scene: Scene | None, found: Diagnosis) -> None:
    """Keep samples of the inputs beside an incident, to outlive the rows; a failure costs only them."""
    if scene is None:
        return
    try:
        samples = samples_of(scene, found.causes, case.service.redact, smaller=smaller)
    except Exception:  # noqa: BLE001 - the diagnosis itself must not be lost for them
        _log.exception("no samples could be taken of %s", case.incident)
        return
    with world.state.transaction() as tx:
        tx.put(samples)

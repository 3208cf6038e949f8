"""What is told of changes: a deploy that has nothing to do with it, and now and then what has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.drill.news import News, release
from aright.drill.times import MINUTE
from aright.drill.vision import names
from aright.drill.vision.plan import Fault

if TYPE_CHECKING:
    from aright.drill.vision.plan import Plan


def news_of(plan: Plan) -> list[News]:
    """Return what teams tell aright of their changes; of model versions the service tells itself."""
    released = names.SERVICE if plan.releases_service else names.DESK
    told = [release(plan.deployed_at, released, names.RELEASES, ": log lines are shorter")]
    if plan.announced and plan.fault is Fault.RESIZER:
        told.append(release(plan.onset - MINUTE // 2, names.RESIZER, names.RESIZER_RELEASES))
    if plan.announced and plan.fault is not Fault.RESIZER:
        for make in (plan.make, plan.other):
            before, after = names.FIRMWARES[make]
            told.append(
                News(
                    at=plan.onset - MINUTE // 2,
                    service=names.SERVICE,
                    kind="config",
                    what=names.FIRMWARE,
                    before=before,
                    after=after,
                    title=f"{make} cameras are given {after}",
                )
            )
    return told

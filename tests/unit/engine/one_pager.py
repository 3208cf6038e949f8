"""What committing is told of the channels: one pager, or none."""

from __future__ import annotations

from aright.engine.outlets import Outlet, Outlets

PAGER_ALONE = Outlets(
    by_name={"pagerduty": Outlet("pager", frozenset({"trigger", "acknowledge", "resolve"}))}
)
NOBODY = Outlets()

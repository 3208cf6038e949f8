"""aright over data frames: what the server does for an incident, for tables at hand and without a server."""

from aright.library.diagnosing import diagnose
from aright.library.frames import BadFrameError
from aright.library.scoping import scope

__all__ = ["BadFrameError", "diagnose", "scope"]

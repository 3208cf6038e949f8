"""Intake: request bodies become Arrow tables, and what cannot be taken is counted and set aside.

``read`` is one pure function of the frame, so that reading the log again gives the same rows.
"""

from aright.core.observe.intake.read import Intake, read
from aright.core.observe.intake.unreadable import UnreadableError

__all__ = ["Intake", "UnreadableError", "read"]

"""What stakeholders are told, and how often."""

from aright.core.communicate.update import cadence, draft_update

__all__ = ["cadence", "draft_update"]

"""What is told of a schedule that cannot be followed."""

from __future__ import annotations


class ScheduleError(ValueError):
    """The schedule, the override or the span cannot be used. Its text says what to write."""

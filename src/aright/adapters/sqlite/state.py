"""The embedded state database under its former name."""

from __future__ import annotations

from aright.adapters.sql.sqlite import SqliteState

__all__ = ["SqliteState"]

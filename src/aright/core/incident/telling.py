"""How an attempt is told: what a dry run does not say of itself, and what its status is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aright.core.model.incident import Mitigation

NOT_REHEARSED: Final = "no dry run of it has been made"
"""Speaks against acting, and against nothing where it is the dry run itself that is being told."""


def outcome(attempt: Mitigation) -> str:
    """Return an attempt's status in a word; a dry run was not sent, its receiver accepted it."""
    return "accepted" if attempt.dry_run and attempt.status == "sent" else attempt.status


def told_checks(attempt: Mitigation) -> tuple[str, ...]:
    """Return an attempt's checks, without the one that a dry run answers by being made.

    >>> from aright.core.model.incident import Mitigation
    >>> tried = Mitigation(id="M1", action="pin", title="Pin", at=0, by="ada", dry_run=True, status="sent",
    ...     checks=("✓ the diagnosis is confirmed", f"✗ {NOT_REHEARSED}"))
    >>> told_checks(tried)
    ('✓ the diagnosis is confirmed',)
    """
    if not attempt.dry_run:
        return attempt.checks
    return tuple(check for check in attempt.checks if not check.endswith(NOT_REHEARSED))

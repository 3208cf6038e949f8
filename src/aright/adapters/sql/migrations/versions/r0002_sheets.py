"""Profiles of closed windows, packed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aright.adapters.sql.columns import INTEGER, TEXT

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Make the table of sheets."""
    op.create_table(
        "sheets",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("service", TEXT, nullable=False),
        sa.Column("attribute", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("start", INTEGER, nullable=False),
        sa.Column("width", INTEGER, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("left_out", INTEGER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint(
            "service", "attribute", "value", "version", "start", "width", name="sheets_identity"
        ),
    )
    op.create_index("sheets_start", "sheets", ["start"])

"""Profiles of closed windows, packed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    """Make the table of sheets."""
    op.create_table(
        "sheets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("attribute", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("left_out", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint(
            "service", "attribute", "value", "version", "start", "width", name="sheets_identity"
        ),
    )
    op.create_index("sheets_start", "sheets", ["start"])

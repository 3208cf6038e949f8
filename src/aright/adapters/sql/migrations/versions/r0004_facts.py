"""Every event of an incident is kept, so that it can be made again from them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aright.adapters.sql.columns import INTEGER, TEXT

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    """Add the table of facts."""
    op.create_table(
        "facts",
        sa.Column("incident", TEXT, primary_key=True),
        sa.Column("number", INTEGER, primary_key=True),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )

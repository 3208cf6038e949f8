"""The first tables: documents, timelines, signal points, outbox, due rows, sequences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aright.adapters.sql.columns import INTEGER, TEXT

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the tables; they are written out, so that later changes of the code do not change history."""
    _documents()
    _timeline()
    _series()
    _outbox()
    _dues()


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("put", INTEGER, nullable=False),
        sa.Column("service", TEXT, nullable=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("documents_put", "documents", ["put"], unique=True)
    op.create_index("documents_list", "documents", ["kind", "service", "put"])
    op.create_index("documents_list_all", "documents", ["kind", "put"])


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("incident", TEXT, primary_key=True),
        sa.Column("number", INTEGER, primary_key=True),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _series() -> None:
    op.create_table(
        "streams",
        sa.Column("id", INTEGER, primary_key=True),
        sa.Column("service", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("attribute", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.UniqueConstraint("service", "name", "attribute", "value", "version", name="streams_identity"),
    )
    op.create_table(
        "points",
        sa.Column("stream", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("start", INTEGER, primary_key=True, autoincrement=False),
        sa.Column("width", INTEGER, nullable=False),
        sa.Column("n", sa.Float, nullable=False),
        sa.Column("total", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", INTEGER, primary_key=True),
        sa.Column("id", TEXT, nullable=False, unique=True),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("dedup_key", TEXT, nullable=False),
        sa.Column("incident", TEXT, nullable=False),
        sa.Column("urgency", INTEGER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("due_at", INTEGER, nullable=False),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.Column("fence", INTEGER, nullable=False),
        sa.Column("leased_until", INTEGER, nullable=False),
    )
    op.create_index("outbox_due", "outbox", ["status", "urgency", "number"])
    op.create_index("outbox_order", "outbox", ["dedup_key", "number"])
    op.create_index("outbox_incident", "outbox", ["incident", "number"])


def _dues() -> None:
    op.create_table(
        "dues",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("task", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("due_at", INTEGER, nullable=False),
    )
    op.create_index("dues_due", "dues", ["due_at", "key"])
    op.create_table(
        "sequences",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("value", INTEGER, nullable=False),
    )

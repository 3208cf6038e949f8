"""The first tables: documents, timelines, signal points, outbox, due rows, sequences."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("put", sa.Integer, nullable=False),
        sa.Column("service", sa.String, nullable=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("documents_put", "documents", ["put"], unique=True)
    op.create_index("documents_list", "documents", ["kind", "service", "put"])
    op.create_index("documents_list_all", "documents", ["kind", "put"])


def _timeline() -> None:
    op.create_table(
        "timeline",
        sa.Column("incident", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _series() -> None:
    op.create_table(
        "streams",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("attribute", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.UniqueConstraint("service", "name", "attribute", "value", "version", name="streams_identity"),
    )
    op.create_table(
        "points",
        sa.Column("stream", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("start", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("n", sa.Float, nullable=False),
        sa.Column("total", sa.Float, nullable=False),
        sqlite_with_rowid=False,
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("dedup_key", sa.String, nullable=False),
        sa.Column("incident", sa.String, nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("due_at", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("error", sa.String, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("leased_until", sa.Integer, nullable=False),
    )
    op.create_index("outbox_due", "outbox", ["status", "urgency", "number"])
    op.create_index("outbox_order", "outbox", ["dedup_key", "number"])
    op.create_index("outbox_incident", "outbox", ["incident", "number"])


def _dues() -> None:
    op.create_table(
        "dues",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("task", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("due_at", sa.Integer, nullable=False),
    )
    op.create_index("dues_due", "dues", ["due_at", "key"])
    op.create_table(
        "sequences",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
    )

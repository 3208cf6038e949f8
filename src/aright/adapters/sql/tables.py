"""The tables as SQLAlchemy knows them; migrations make them, and a test holds the two together.

Instants are integers (µs, UTC): SQLite forgets time zones. Documents are JSON text, so that a new field
with a default needs no migration.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Float, Index, LargeBinary, MetaData, Table, UniqueConstraint

from aright.adapters.sql.columns import INTEGER, TEXT

METADATA: Final = MetaData()

DOCUMENTS: Final = Table(
    "documents",
    METADATA,
    Column("kind", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    Column("put", INTEGER, nullable=False),  # grows with every put: the order of a list
    Column("service", TEXT, nullable=True),
    Column("tag", TEXT, nullable=False, server_default=""),
    Column("body", LargeBinary, nullable=False),
    Index("documents_put", "put", unique=True),
    Index("documents_list", "kind", "service", "put"),
    Index("documents_list_all", "kind", "put"),
    Index("documents_tag", "kind", "tag", "put"),
)

TIMELINE: Final = Table(
    "timeline",
    METADATA,
    Column("incident", TEXT, primary_key=True),
    Column("number", INTEGER, primary_key=True),
    Column("hash", TEXT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

FACTS: Final = Table(
    "facts",
    METADATA,
    Column("incident", TEXT, primary_key=True),
    Column("number", INTEGER, primary_key=True),
    Column("hash", TEXT, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

STREAMS: Final = Table(
    "streams",
    METADATA,
    Column("id", INTEGER, primary_key=True),
    Column("service", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("attribute", TEXT, nullable=False),
    Column("value", TEXT, nullable=False),
    UniqueConstraint("service", "name", "attribute", "value", "version", name="streams_identity"),
)

POINTS: Final = Table(
    "points",
    METADATA,
    Column("stream", INTEGER, primary_key=True, autoincrement=False),
    Column("start", INTEGER, primary_key=True, autoincrement=False),
    Column("width", INTEGER, nullable=False),
    Column("n", Float, nullable=False),
    Column("total", Float, nullable=False),
    sqlite_with_rowid=False,
)

SHEETS: Final = Table(
    "sheets",
    METADATA,
    Column("id", INTEGER, primary_key=True),
    Column("service", TEXT, nullable=False),
    Column("attribute", TEXT, nullable=False),
    Column("value", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("start", INTEGER, nullable=False),
    Column("width", INTEGER, nullable=False),
    Column("share", Float, nullable=False),
    Column("left_out", INTEGER, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("service", "attribute", "value", "version", "start", "width", name="sheets_identity"),
    Index("sheets_start", "start"),
)

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("number", INTEGER, primary_key=True),  # order of sending
    Column("id", TEXT, nullable=False, unique=True),
    Column("channel", TEXT, nullable=False),
    Column("dedup_key", TEXT, nullable=False),
    Column("incident", TEXT, nullable=False),
    Column("urgency", INTEGER, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("due_at", INTEGER, nullable=False),
    Column("attempts", INTEGER, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("error", TEXT, nullable=False),
    Column("fence", INTEGER, nullable=False),
    Column("leased_until", INTEGER, nullable=False),
    Index("outbox_due", "status", "urgency", "number"),
    Index("outbox_order", "dedup_key", "number"),
    Index("outbox_incident", "incident", "number"),
)

DUES: Final = Table(
    "dues",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("task", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("due_at", INTEGER, nullable=False),
    Index("dues_due", "due_at", "key"),
)

SEQUENCES: Final = Table(
    "sequences",
    METADATA,
    Column("name", TEXT, primary_key=True),
    Column("value", INTEGER, nullable=False),
)

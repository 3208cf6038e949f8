"""The tables as SQLAlchemy knows them; migrations make them, and a test holds the two together.

Instants are integers (µs, UTC): SQLite forgets time zones. Documents are JSON text, so that a new field
with a default needs no migration.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, UniqueConstraint

METADATA: Final = MetaData()

DOCUMENTS: Final = Table(
    "documents",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("put", Integer, nullable=False),  # grows with every put: the order of a list
    Column("service", String, nullable=True),
    Column("tag", String, nullable=False, server_default=""),
    Column("body", LargeBinary, nullable=False),
    Index("documents_put", "put", unique=True),
    Index("documents_list", "kind", "service", "put"),
    Index("documents_list_all", "kind", "put"),
    Index("documents_tag", "kind", "tag", "put"),
)

TIMELINE: Final = Table(
    "timeline",
    METADATA,
    Column("incident", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hash", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

FACTS: Final = Table(
    "facts",
    METADATA,
    Column("incident", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hash", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

STREAMS: Final = Table(
    "streams",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("service", String, nullable=False),
    Column("name", String, nullable=False),
    Column("version", String, nullable=False),
    Column("attribute", String, nullable=False),
    Column("value", String, nullable=False),
    UniqueConstraint("service", "name", "attribute", "value", "version", name="streams_identity"),
)

POINTS: Final = Table(
    "points",
    METADATA,
    Column("stream", Integer, primary_key=True, autoincrement=False),
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("width", Integer, nullable=False),
    Column("n", Float, nullable=False),
    Column("total", Float, nullable=False),
    sqlite_with_rowid=False,
)

SHEETS: Final = Table(
    "sheets",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("service", String, nullable=False),
    Column("attribute", String, nullable=False),
    Column("value", String, nullable=False),
    Column("version", String, nullable=False),
    Column("start", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("share", Float, nullable=False),
    Column("left_out", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("service", "attribute", "value", "version", "start", "width", name="sheets_identity"),
    Index("sheets_start", "start"),
)

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("number", Integer, primary_key=True),  # order of sending
    Column("id", String, nullable=False, unique=True),
    Column("channel", String, nullable=False),
    Column("dedup_key", String, nullable=False),
    Column("incident", String, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("due_at", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("error", String, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("leased_until", Integer, nullable=False),
    Index("outbox_due", "status", "urgency", "number"),
    Index("outbox_order", "dedup_key", "number"),
    Index("outbox_incident", "incident", "number"),
)

DUES: Final = Table(
    "dues",
    METADATA,
    Column("key", String, primary_key=True),
    Column("task", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("due_at", Integer, nullable=False),
    Index("dues_due", "due_at", "key"),
)

SEQUENCES: Final = Table(
    "sequences",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", Integer, nullable=False),
)

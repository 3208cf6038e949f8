"""Documents are found by a tag, so that what is open costs no look at what is over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from aright.adapters.sql.columns import TEXT

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Add the column with its index, and tag the incidents that are open."""
    op.add_column("documents", sa.Column("tag", TEXT, nullable=False, server_default=""))
    op.create_index("documents_tag", "documents", ["kind", "tag", "put"])
    if op.get_bind().dialect.name != "sqlite":
        return  # no store in another database is as old as this
    op.execute(
        "UPDATE documents SET tag = 'open' WHERE kind = 'Incident' AND "
        "json_extract(CAST(body AS TEXT), '$.state') IN ('declared', 'triaged', 'mitigating', 'monitoring')"
    )

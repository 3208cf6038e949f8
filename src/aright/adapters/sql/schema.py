"""Bringing a store's schema up to date, or saying why that cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from aright.ports.state import UnreadableStoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD: Final = "0004"
"""The newest revision; kept here so that an up-to-date store opens without importing Alembic."""

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def bring_up_to_date(connection: Connection) -> None:
    """Apply missing migrations within the connection's open transaction.

    Raises ``UnreadableStoreError`` where it holds other tables or a revision that is not known here.
    """
    found = _revision(connection)
    if found != HEAD:
        _migrate(connection, found)


def _revision(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        return None if revision is None else str(revision)
    if tables:
        raise UnreadableStoreError(
            f"it is a database of something else (it has the table {tables[0]!r}). Name another place."
        )
    return None


def _migrate(connection: Connection, found: str | None) -> None:
    from alembic.migration import MigrationContext  # noqa: PLC0415 - only a store that must change pays for it
    from alembic.operations import Operations  # noqa: PLC0415 - as above
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - as above

    script = ScriptDirectory(MIGRATIONS)
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise UnreadableStoreError(
            f"its schema is revision {found}, newer than this aright's {HEAD}. "
            "Upgrade aright, or name another place."
        )
    context = MigrationContext.configure(connection)
    with Operations.context(context):
        for revision in reversed(list(script.iterate_revisions("head", found or "base"))):
            revision.module.upgrade()
            context.stamp(script, revision.revision)

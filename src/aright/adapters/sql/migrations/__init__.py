"""The schema's history: Alembic revisions, applied in one transaction when a store is opened.

They are run without an ``env.py``: the store hands its own connection over, so that a crash in the middle
leaves the schema as it was.
"""

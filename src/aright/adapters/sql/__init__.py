"""The state database: one set of tables and statements for SQLite and for PostgreSQL."""

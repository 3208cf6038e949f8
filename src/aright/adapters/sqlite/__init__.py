"""The embedded state database: SQLite in write-ahead mode, synced on every commit."""

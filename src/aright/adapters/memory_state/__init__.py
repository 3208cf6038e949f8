"""State in memory: for tests and for looking at files without a server. It answers as SQLite does."""

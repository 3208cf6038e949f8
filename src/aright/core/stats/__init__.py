"""Statistics, one method per file, each with its source."""

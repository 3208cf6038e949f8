"""Signals, one method per file: what each is, where it comes from, and how it is counted."""

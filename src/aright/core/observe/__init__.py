"""Bodies to rows, rows to windows, windows to signals."""

"""One-pass, mergeable summaries of columns: the window kernel."""

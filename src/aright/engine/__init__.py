"""The imperative shell: one file per stage."""

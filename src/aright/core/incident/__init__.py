"""The incident's state machine: (state, event) to (state, effects)."""

"""What a payload or a feature source has promised, and how it broke it."""

"""What a change touched, and whether a fault that looks like this one can come of it."""

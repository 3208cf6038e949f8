"""Guards compiled from a proven cause, and the replay that admits them."""

"""A simulated shop whose "Recommended for you" turns generic without a single error."""

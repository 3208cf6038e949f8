"""Plans, safety checks and verification of what puts things right."""

"""What a monitored service imports."""

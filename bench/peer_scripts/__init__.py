"""What runs inside the peers' environments: each script prints one JSON object as its last line."""

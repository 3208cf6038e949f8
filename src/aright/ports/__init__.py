"""What the engine needs of the world, one Protocol per file."""

"""Three services that depend on one another, and a third party that changes its answer a little."""

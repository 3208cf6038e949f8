"""Evidence to ranked causes."""

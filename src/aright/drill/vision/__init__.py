"""A packing house's grading by camera: a new firmware, a resizer or a model spoils it, and nothing errs."""

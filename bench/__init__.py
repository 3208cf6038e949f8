"""Benchmarks: each prints its figures beside their goals, and calls what the product calls."""

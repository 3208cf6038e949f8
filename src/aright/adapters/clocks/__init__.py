"""Clocks: the wall's, and one that is driven through a door."""

"""Simulated AI services that use aright only through its public doors."""

"""Signals to alerts: what moved, and whether it does harm."""

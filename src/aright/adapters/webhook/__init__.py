"""Mitigations as signed webhooks."""

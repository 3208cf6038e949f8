"""Versions that a service's own HTTP endpoint runs."""

from aright.adapters.replay_http.endpoint import HttpReplayer

__all__ = ["HttpReplayer"]

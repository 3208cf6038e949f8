"""Metrics that services show over HTTP."""

from aright.adapters.scrape.http import HttpScraper

__all__ = ["HttpScraper"]

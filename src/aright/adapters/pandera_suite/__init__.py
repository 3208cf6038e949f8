"""Pandera's schemas of pandas tables, as checks."""

from aright.adapters.pandera_suite.checks import PanderaChecks

__all__ = ["PanderaChecks"]

"""Signals to alerts: shift, harm, grouping."""

from aright.core.detect.detector import Detector
from aright.core.detect.settings import Settings

__all__ = ["Detector", "Settings"]

"""Traffic split by a fractional flag in a file that flagd reads."""

from aright.adapters.traffic_flagd.flags import FlagdFile

__all__ = ["FlagdFile"]

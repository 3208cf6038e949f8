"""One-pass, mergeable summaries of columns: the window kernel."""

from aright.core.profile.codec import BrokenProfileError, decode, encode
from aright.core.profile.columns import UnsupportedColumnError, kind_of
from aright.core.profile.frame import FrameMismatchError, ScaleFrame, frame_of
from aright.core.profile.groups import Grouping, grouping_of, profile_grouped, profile_groups
from aright.core.profile.profile import KindMismatchError, Profile, merge_all
from aright.core.profile.quantiles import quantiles
from aright.core.profile.table import profile_column, profile_table

__all__ = [
    "BrokenProfileError",
    "FrameMismatchError",
    "Grouping",
    "KindMismatchError",
    "Profile",
    "ScaleFrame",
    "UnsupportedColumnError",
    "decode",
    "encode",
    "frame_of",
    "grouping_of",
    "kind_of",
    "merge_all",
    "profile_column",
    "profile_grouped",
    "profile_groups",
    "profile_table",
    "quantiles",
]

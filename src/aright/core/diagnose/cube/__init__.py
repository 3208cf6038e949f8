"""The cube: which parts of a table deviate, over every combination of up to three attributes and more.

``localize`` is the door. It takes real against predicted values, losses per minute of counted events, or raw
rows before and now, and says: global, these segments, a shift of the mix, or not enough data.
"""

from aright.core.diagnose.cube.localization import Localization, Root
from aright.core.diagnose.cube.localizing import localize

__all__ = ["Localization", "Root", "localize"]

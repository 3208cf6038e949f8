"""aright: the service is up, but are its answers right?

The library face is small on purpose and loads nothing until it is used.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]

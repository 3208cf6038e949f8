"""aright: the service is up, but are its answers right?

The library face is small on purpose and loads nothing until it is used.

>>> import aright
>>> aright.diagnose.__name__
'diagnose'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aright.library import diagnose, scope

__version__ = "0.1.0"

__all__ = ["__version__", "diagnose", "scope"]

_LAZY = {"diagnose": "aright.library", "scope": "aright.library"}


def __getattr__(name: str) -> object:
    """Load what the library offers when it is first asked for."""
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'aright' has no attribute {name!r}")

"""Versions of libraries that a change moved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aright.core.diagnose.mechanism.contrast import Contrast

_VERSION: Final = re.compile(r"(?<![\w.])[v^~=<>]*(\d+)\.(\d+)(?:\.(\d+))?(?:[-+.][\w.]+)?(?![\w])")
_MANIFEST: Final = re.compile(
    r"(?:^|/)(?:go\.(?:mod|sum)|package(?:-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.(?:toml|lock)"
    r"|(?:requirements|constraints)[\w.-]*\.txt|(?:poetry|uv|Pipfile|Gemfile|composer)\.lock"
    r"|pom\.xml|pyproject\.toml|Pipfile|Gemfile|build\.gradle(?:\.kts)?|composer\.json|mix\.exs|[\w.]+\.csproj|Dockerfile)$"
)
SIZES: Final = (1.0, 0.6, 0.3)
"""Strength of a major, a minor and a patch upgrade: semantic versioning promises the last two to be safe."""


def upgrade(found: Contrast) -> float:
    r"""Return how large the largest move of a library's version is, in [0, 1]; 0 where none moved.

    >>> from aright.core.diagnose.mechanism.contrast import contrast
    >>> from aright.core.diagnose.mechanism.diff import edits
    >>> upgrade(contrast(edits("@@ requirements.txt @@\n-pads==1.4.0\n+pads==2.0.1")))
    1.0
    """
    if not is_manifests(found) and not only_versions(found):
        return 0.0
    return max((_size(old, new) for old, new in found.pairs), default=0.0)


def only_versions(found: Contrast) -> bool:
    """Tell whether every line that changed is the same line with another version number."""
    whole = len(found.pairs) == len(found.removed) == len(found.added) > 0
    return whole and all(_VERSION.sub("", old) == _VERSION.sub("", new) for old, new in found.pairs)


def is_manifests(found: Contrast) -> bool:
    """Tell whether lists of libraries are all that a change touched."""
    return bool(found.paths) and all(_MANIFEST.search(path) for path in found.paths)


def _size(old: str, new: str) -> float:
    before, now = _VERSION.search(old), _VERSION.search(new)
    if not before or not now:
        return 0.0
    moved = next((at for at in range(1, 4) if before[at] != now[at]), 0)
    early = before[1] == "0" and moved == 2  # below 1.0 the second number promises nothing
    return SIZES[0 if early else moved - 1] if moved else 0.0

"""How workloads are run in processes of their own."""

from __future__ import annotations

from pathlib import Path

import msgspec


def default_cache() -> Path:
    """Return where library sets are kept between runs."""
    return Path.home() / ".cache" / "aright" / "libraries"


class WorkbenchConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a workload's process is given.

    Attributes:
        folder: where it starts, and paths begin; this process's where empty.
        memory: MiB of address space; 0 for no limit.
        cache: where sets made of requirements are kept.
        environment: variables on top of those of this process.
    """

    folder: str = ""
    memory: int = 0
    cache: Path = msgspec.field(default_factory=default_cache)
    environment: dict[str, str] = {}

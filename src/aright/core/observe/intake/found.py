"""What a reader of a foreign format finds in a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec
import pyarrow as pa

from aright.core.model.change import Change
from aright.core.model.document import Document
from aright.core.model.frame import Frame, Kind
from aright.core.observe.intake.quarantine import Quarantine


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a body holds, besides what its reader put into the quarantine.

    Attributes:
        tables: good rows by kind, in the columns of ``core/model/columns.py``.
        documents: good values that are kept by key.
        changes: good changes.
        good: how many of the body's own entries (spans, samples, alerts …) were taken.
    """

    tables: Mapping[Kind, pa.Table] = {}
    documents: tuple[Document, ...] = ()
    changes: tuple[Change, ...] = ()
    good: int = 0


Reader: TypeAlias = Callable[[bytes, Frame, Quarantine], Found]
"""From a decompressed body: raises ``UnreadableError`` where nothing in it can be told apart.

The frame gives kind, format and when it came; the same frame always gives the same rows.
"""

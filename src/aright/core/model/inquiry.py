"""An inquiry: one round of a diagnosis under way, kept step by step so that a crash loses no finished one."""

from __future__ import annotations

import msgspec

from aright.core.model.evidence import Diagnosis
from aright.core.model.times import Micros


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """One round of a diagnosis.

    Attributes:
        key: the incident's key.
        service: the service that was judged; a round on another one begins anew.
        at: when the round began, which is the end of the rows it looks at (µs, UTC).
        mitigated_at: of the incident then: rows are cut off there, so another one begins a round anew.
        found: what the finished steps found, by step, as the core encodes it.
        diagnosis: what follows from these so far; ``None`` before the first.
        done: whether the round has come to its end.
    """

    key: str
    service: str
    at: Micros
    mitigated_at: Micros = 0
    found: dict[str, bytes] = {}
    diagnosis: Diagnosis | None = None
    done: bool = False

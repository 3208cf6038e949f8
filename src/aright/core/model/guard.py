"""Guards: what keeps a cause from coming back."""

from __future__ import annotations

import msgspec

from aright.core.model.signal import ALL, Segment
from aright.core.model.times import Micros


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What a guard said when the incident and its baseline were played back to it.

    Attributes:
        incident_windows: windows of the incident that had enough rows to judge.
        incident_fired: of those, how many it fired on.
        baseline_windows: windows of the baseline that had enough rows to judge.
        baseline_fired: of those, how many it fired on.
        first_fired: start of the first window it fired on (µs, UTC); 0 for none.
        onset: when the incident began (µs, UTC).
        accepted: fires on the incident and is silent on the baseline.
    """

    incident_windows: int
    incident_fired: int
    baseline_windows: int
    baseline_fired: int
    first_fired: Micros
    onset: Micros
    accepted: bool


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """A check compiled from a proven cause, run on every window from then on.

    Attributes:
        key: ``G-INC-1-1`` …
        service: whose.
        incident: the incident it came of.
        kind: ``source_contract`` (freshness and emptiness of a feature source) |
            ``version_quality`` (a version's quality against the one before) | ``input_quality`` (the quality
            of each value of an attribute by itself, such as of each firmware) | ``payload_contract`` (what a
            dependency's payloads are like).
        subject: the source, the attribute or the model.
        title: the check in words.
        limits: name → the largest value allowed, such as ``null_share:profiles.norm`` → 0.04.
        segment: where it watches; by default everywhere.
        min_rows: windows with fewer rows are not judged.
        replay: the proof.
        created_at: when (µs, UTC).
        width: of the windows that it judges (µs); 0 for those of the engine.
        contract: what payloads have to be like, as compressed JSON (``core.contract``); empty for the others.
    """

    key: str
    service: str
    incident: str
    kind: str
    subject: str
    title: str
    limits: dict[str, float]
    min_rows: int
    created_at: Micros
    segment: Segment = ALL
    replay: Replay | None = None
    width: Micros = 0
    contract: bytes = b""

"""What can be set of the engine."""

from __future__ import annotations

import msgspec

from aright.core.model.times import DAY, HOUR, MINUTE, SECOND, Micros


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How the engine watches. The defaults suit a service of ten requests per second and more.

    Attributes:
        width: width of a window (µs).
        lateness: how long a window stays open for late rows after its end (µs).
        reference: how far back the rows go that an incident is held against (µs).
        memory: how long predictions are kept at hand for their outcomes (µs).
        flush_rows: rows that are kept at hand before they become a segment, which other programs can read.
        flush_bytes: what those rows may take at most (bytes).
        flush_every: how long rows are kept at hand at most (µs).
        false_pages: false pages per service and month that are accepted.
        false_notices: false notices per service and day that are accepted.
        diagnose_every: how often an unexplained incident is looked at again (µs).
        diagnoses: how often at most.
        step_budget: how long each step of a diagnosis may take, by the wall clock (µs); one that takes longer
            is left behind, and the diagnosis says so.
        reopen_for: how long after an incident was resolved its harm opens it again, rather than another (µs).
        verify_for: how long after a mitigation its effect is looked for (µs).
        estimate_every: how long the spans are of which quality is estimated without labels (µs); 0 for none.
        keep: how long rows are kept (µs).
        keep_points: how long signal points are kept (µs).
        profile_span: for how long rows are gathered for the profiles of segments (µs).
        profile_bytes: what the profiles of one service and day may take before they are compressed (bytes);
            0 for none.
        profiles_by_window: how long the profiles of windows are kept before they are merged into hours (µs).
        profiles_by_hour: how long those of hours are kept before they are merged into days (µs).
        keep_profiles: how long profiles are kept (µs).
        tidy_every: how often small files are merged, and what is too old is deleted (µs).
        max_body: largest request body, decompressed (bytes).
        ticket_level: incidents up to this severity have a ticket, where a channel keeps some, 1 to 4.
        remind_every: how often everybody of a policy is told again once all its steps were in vain (µs).
        state_bytes: what the memory of one service may take, about (bytes): recent predictions three eighths
            of it, open windows a quarter. Where that is too little, units are sampled and the oldest
            predictions go.
    """

    width: Micros = 30 * SECOND
    lateness: Micros = 10 * SECOND
    reference: Micros = 6 * HOUR
    memory: Micros = HOUR
    flush_rows: int = 200_000
    flush_bytes: int = 64 * 1024 * 1024
    flush_every: Micros = 5 * MINUTE
    false_pages: float = 1.0
    false_notices: float = 1.0
    diagnose_every: Micros = MINUTE
    diagnoses: int = 10
    step_budget: Micros = MINUTE
    reopen_for: Micros = 30 * MINUTE
    verify_for: Micros = 15 * MINUTE
    estimate_every: Micros = HOUR
    keep: Micros = 30 * DAY
    keep_points: Micros = 400 * DAY
    profile_span: Micros = 10 * MINUTE
    profile_bytes: int = 1024 * 1024 * 1024
    profiles_by_window: Micros = DAY
    profiles_by_hour: Micros = 7 * DAY
    keep_profiles: Micros = 100 * DAY
    tidy_every: Micros = 10 * MINUTE
    max_body: int = 64 * 1024 * 1024
    ticket_level: int = 4
    remind_every: Micros = 30 * MINUTE
    state_bytes: int = 512 * 1024 * 1024

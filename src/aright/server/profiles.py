"""Profiles over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.times import HOUR
from aright.engine.profiles import ProfileView, Wanted
from aright.server.endpoint import Call, Endpoint
from aright.server.instants import instant, segment_of
from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence


class ProfileQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which profiles.

    Attributes:
        service: whose.
        start: from when: integer microseconds or RFC 3339; an hour before ``end`` where left out.
        end: until when, itself excluded; now where left out.
        reference_start: where the span begins that it is held against; an hour before its end where left out.
        reference_end: where that ends; ``start`` where only its beginning is given.
        name: which columns, such as ``feat.profiles.norm`` or ``score``; repeat it for several, leave it out
            for all.
        segment: ``attribute:value``; all traffic where left out.
        version: one model version; all together where left out.
    """

    service: str
    start: str = ""
    end: str = ""
    reference_start: str = ""
    reference_end: str = ""
    name: tuple[str, ...] = ()
    segment: str = ""
    version: str = ""


def _profiles(call: Call) -> Sequence[ProfileView]:
    asked = call.asked(ProfileQuery)
    end = instant(asked.end, call.operations.status().now)
    start = instant(asked.start, end - HOUR)
    reference = None
    if asked.reference_start or asked.reference_end:
        until = instant(asked.reference_end, start)
        reference = (instant(asked.reference_start, until - HOUR), until)
    for name, (begins, ends) in {"span": (start, end), "reference span": reference or (0, 1)}.items():
        if begins >= ends:
            raise ProblemError(
                400, f"The {name} ends before it begins.", "Give a later end, or an earlier start."
            )
    return call.operations.profiles(
        Wanted(
            service=asked.service,
            now=(start, end),
            reference=reference,
            names=asked.name,
            segment=segment_of(asked.segment),
            version=asked.version or None,
        )
    )


PROFILES: Final = Endpoint(
    method="GET",
    path="/v1/profiles",
    summary="What columns held over a span, and how that differs from a reference span; from kept profiles.",
    handler=_profiles,
    answer=list[ProfileView],
    query=ProfileQuery,
)

"""Rolling up: sheets of short spans merge by sum into those of longer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.sheet import Sheet
from aright.core.profile.codec import BrokenProfileError, encode
from aright.core.profile.sheets import merge_columns, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.signal import Segment
    from aright.core.model.times import Micros
    from aright.core.profile.profile import Profile


def roll(sheets: Sequence[Sheet], *, start: Micros, width: Micros) -> list[Sheet]:
    """Return sheets of one service, in the order of time, as one for each version and segment.

    One that cannot be read is left out: it would be no better in a longer span.
    """
    parts: dict[tuple[str, Segment], list[Sheet]] = {}
    for sheet in sheets:
        parts.setdefault((sheet.version, sheet.segment), []).append(sheet)
    rolled = []
    for (version, segment), own in parts.items():
        columns = merge_columns(list(readable(own)))
        if columns:
            rolled.append(
                Sheet(
                    service=own[0].service,
                    start=start,
                    width=width,
                    version=version,
                    segment=segment,
                    body=pack({name: encode(profile) for name, profile in columns.items()}),
                    share=min(sheet.share for sheet in own),
                    left_out=max(sheet.left_out for sheet in own),
                )
            )
    return rolled


def readable(sheets: Iterable[Sheet]) -> Iterable[dict[str, Profile]]:
    """Yield the columns of each sheet that can be read."""
    for sheet in sheets:
        try:
            yield unpack(sheet.body)
        except BrokenProfileError:
            continue

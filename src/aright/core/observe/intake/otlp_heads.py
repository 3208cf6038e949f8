"""How nearly all spans begin, read for many spans at once.

protobuf's writers put fields in the order of their numbers. Ids and times are always as long, so where each
stands follows from whether there is a parent and how long the name is: a few looks at all spans together,
where a decoder makes an object of each field of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from aright.core.observe.intake.otlp_ids import SPAN_ID, TRACE_ID, has_zero, in_hex

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from aright.core.observe.intake.otlp_body import Uint64s
    from aright.core.observe.intake.otlp_layout import Bools, Ints, Octets

_TRACE, _SPAN, _PARENT = b"\x0a\x10", b"\x12\x08", b"\x22\x08"  # field and length
_NAME, _KIND, _START, _END = 0x2A, 0x30, 0x39, 0x41
_BEHIND_SPAN: Final = 2 + TRACE_ID + 2 + SPAN_ID
_TAIL: Final = 2 + 9 + 9  # kind, start, end
_LEAST: Final = _BEHIND_SPAN + 2 + SPAN_ID + 2  # are looked at before it is known where the name ends
_SHORT: Final = 128


class Heads(NamedTuple):
    """Columns of spans; ids in hex."""

    trace_id: pa.Array
    span_id: pa.Array
    parent_id: pa.Array
    parents: int
    kind: npt.NDArray[np.int32]
    start: Uint64s
    end: Uint64s


def heads_of(octets: Octets, starts: Ints, sizes: Ints) -> Heads | None:
    """Return how spans begin, ``None`` where one of them begins otherwise than usual.

    Args:
        octets: where all spans are.
        starts: where each begins.
        sizes: bytes of each.
    """
    if not len(starts) or int(sizes.min()) < _LEAST:
        return None
    given = _windows(octets, 2, starts + _BEHIND_SPAN) == _PARENT
    names = starts + _BEHIND_SPAN + np.where(given, 2 + SPAN_ID, 0)
    tails = names + 2 + octets[names + 1]
    if (tails + _TAIL > starts + sizes).any() or not _is_usual(octets, starts, names, tails):
        return None
    trace_ids = _windows(octets, TRACE_ID, starts + 2, "V").tobytes()
    span_ids = _windows(octets, SPAN_ID, starts + 4 + TRACE_ID, "V").tobytes()
    parent_ids = _windows(octets, SPAN_ID, starts[given] + _BEHIND_SPAN + 2, "V").tobytes()
    if any(map(has_zero, (trace_ids, span_ids, parent_ids))):
        return None
    every = np.ones(len(starts), np.bool_)
    return Heads(
        trace_id=in_hex(trace_ids, every, TRACE_ID),
        span_id=in_hex(span_ids, every, SPAN_ID),
        parent_id=in_hex(parent_ids, given, SPAN_ID),
        parents=int(np.count_nonzero(given)),
        kind=octets[tails + 1].astype(np.int32),
        start=np.frombuffer(_windows(octets, 8, tails + 3, "V").tobytes(), "<u8"),
        end=np.frombuffer(_windows(octets, 8, tails + 12, "V").tobytes(), "<u8"),
    )


def _is_usual(octets: Octets, starts: Ints, names: Ints, tails: Ints) -> bool:
    usual: Bools = (
        (_windows(octets, 2, starts) == _TRACE)
        & (_windows(octets, 2, starts + 2 + TRACE_ID) == _SPAN)
        & (octets[names] == _NAME)
        & (octets[names + 1] < _SHORT)
        & (octets[tails] == _KIND)
        & (octets[tails + 1] < _SHORT)
        & (octets[tails + 2] == _START)
        & (octets[tails + 11] == _END)
    )
    return bool(usual.all())


def _windows(octets: Octets, size: int, starts: Ints, kind: str = "S") -> npt.NDArray[np.bytes_]:
    """Return so many bytes from each place on."""
    windows: npt.NDArray[np.bytes_] = np.ndarray(
        len(octets) - size + 1, f"{kind}{size}", octets, strides=(1,)
    )
    return windows[starts]

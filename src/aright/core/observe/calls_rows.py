"""Spans as arrays: what the signals of calls are counted from, a few bytes each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.profile.hashing import Hashes, hash_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

SERVED: Final = ("server", "consumer")
CALLED: Final = ("client", "producer")

_TIMED_OUT: Final = (408, 504)
_REFUSED: Final = (408, 429)
_TIMEOUT_WORDS: Final = r"(?i)time[d ]*-?_?\s*out|deadline.?exceeded"
_TIMEOUT_SAID: Final = (
    r'(?i)"(error\.type|exception\.type)":\s*"[^"]*(time_?out|deadline)|"rpc\.grpc\.status_code":\s*"?4\b'
)
_RESENT: Final = r'"http\.request\.resend_count":\s*"?[1-9]'


@dataclass(frozen=True, kw_only=True, eq=False)
class Calls:
    """Spans of requests served and of requests made; arrays of one length.

    Attributes:
        end: when it ended (µs, UTC): spans are sent then, so that slow ones are not late.
        trace: hash of its trace, the unit that is counted.
        id: hash of its id.
        parent: hash of its parent's id; that of the empty text where there is none.
        server: whether a request was served, rather than made.
        duration: how long it took (ms).
        failed: whether it went wrong.
        timed_out: whether it did because nobody answered in time.
        resent: whether it says that it is a repetition.
        peer: code of who was called, −1 for none or a rare one.
        route: hash of what was called.
    """

    end: Ints
    trace: Hashes
    id: Hashes
    parent: Hashes
    server: Bools
    duration: Floats
    failed: Bools
    timed_out: Bools
    resent: Bools
    peer: Ints
    route: Hashes

    def __len__(self) -> int:
        return len(self.end)

    def take(self, which: Bools | Ints) -> Calls:
        """Return some of them."""
        return Calls(**{each.name: getattr(self, each.name)[which] for each in fields(self)})


def joined(parts: Sequence[Calls]) -> Calls:
    """Return all of them together; at least one part is needed."""
    if len(parts) == 1:
        return parts[0]
    return Calls(
        **{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Calls)}
    )


def of_requests(rows: pa.Table) -> pa.Table:
    """Return the spans of requests served or made: those within a service say nothing of calls."""
    kinds = _texts(rows, "kind")
    return rows.filter(pc.is_in(kinds, value_set=pa.array([*SERVED, *CALLED])))


def read_calls(rows: pa.Table, peer: Ints) -> Calls:
    """Return the arrays of spans of requests.

    Args:
        rows: columns of ``SPAN_FIELDS``; optional ones may be missing.
        peer: code of each row's peer, −1 for none; shape (rows,).

    A server's span failed where its status says so or its HTTP status is 500 and above; a client's also with
    408 and 429, but not with another 4xx, which the caller's own request brought about (OpenTelemetry's
    semantic conventions for HTTP spans mark those as errors of the client's span).

    >>> from aright.core.model.columns import TIME
    >>> rows = pa.table({"time": pa.array([0, 0, 0], TIME), "trace_id": ["a", "a", "b"],
    ...     "id": ["1", "2", "3"], "kind": ["server", "client", "client"], "duration_ms": [5.0, 2.0, 1.0],
    ...     "status": ["unset", "error", "error"], "http_status": [200, 504, 404]})
    >>> calls = read_calls(rows, np.array([-1, 0, 0]))
    >>> calls.failed.tolist(), calls.timed_out.tolist(), calls.end.tolist()
    ([False, True, False], [False, True, False], [5000, 2000, 1000])
    """
    server = np.asarray(pc.is_in(_texts(rows, "kind"), value_set=pa.array(SERVED)), dtype=np.bool_)
    duration = _numbers(rows, "duration_ms", 0.0)
    status = _numbers(rows, "http_status", 0.0)
    said = np.asarray(pc.equal(_texts(rows, "status"), "error"), dtype=np.bool_)
    own_fault = ~server & (status >= 400) & (status < 500) & ~np.isin(status, _REFUSED)
    failed = (said & ~own_fault) | (status >= 500) | (~server & np.isin(status, _REFUSED))
    begun = np.asarray(rows["time"].cast(pa.int64()).to_numpy(), dtype=np.int64)
    return Calls(
        end=begun + (np.maximum(duration, 0.0) * 1_000).astype(np.int64),
        trace=hash_texts(_texts(rows, "trace_id")),
        id=hash_texts(_texts(rows, "id")),
        parent=hash_texts(_texts(rows, "parent_id")),
        server=server,
        duration=duration,
        failed=failed,
        timed_out=_timed_out(rows, failed, status),
        resent=~server & _says(rows, _RESENT, ~server),
        peer=np.where(server, -1, peer),
        route=hash_texts(pc.coalesce(*[_texts(rows, name, None) for name in ("route", "name")], "")),
    )


def _timed_out(rows: pa.Table, failed: Bools, status: Floats) -> Bools:
    found = np.isin(status, _TIMED_OUT)
    messages = pc.match_substring_regex(_texts(rows, "message"), _TIMEOUT_WORDS)
    found |= np.asarray(messages, dtype=np.bool_)
    return failed & (found | _says(rows, _TIMEOUT_SAID, failed & ~found))


def _says(rows: pa.Table, pattern: str, which: Bools) -> Bools:
    """Return of which of these rows the attributes match; the others are not looked at."""
    found = np.zeros(rows.num_rows, dtype=np.bool_)
    places = np.flatnonzero(which)
    if "attributes" not in rows.column_names or not places.size:
        return found
    texts = rows["attributes"].take(pa.array(places)).cast(pa.binary())
    matched = pc.fill_null(pc.match_substring_regex(texts, pattern), fill_value=False)
    found[places] = np.asarray(matched, dtype=np.bool_)
    return found


def _texts(rows: pa.Table, name: str, missing: str | None = "") -> pa.Array | pa.ChunkedArray:
    if name not in rows.column_names:
        return (
            pa.nulls(rows.num_rows, pa.string()) if missing is None else pa.array([missing] * rows.num_rows)
        )
    texts = rows[name].cast(pa.string())
    return texts if missing is None else pc.fill_null(texts, missing)


def _numbers(rows: pa.Table, name: str, missing: float) -> Floats:
    if name not in rows.column_names:
        return np.full(rows.num_rows, missing)
    values = pc.fill_null(rows[name].cast(pa.float64()), missing)
    return np.asarray(np.nan_to_num(values.to_numpy()), dtype=np.float64)

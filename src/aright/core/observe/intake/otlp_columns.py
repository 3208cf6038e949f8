"""Columns of Arrow out of what OTLP's rows hold."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aright.core.model.columns import TIME
from aright.core.model.times import iso
from aright.core.observe.intake.bounds import FUTURE, MAX_STRING, PAST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.model.times import Micros
    from aright.core.observe.intake.otlp_body import Uint64s
    from aright.core.observe.intake.otlp_resource import Chunk
    from aright.core.observe.intake.sieve import Sieve

Bools: TypeAlias = npt.NDArray[np.bool_]

_FEW: Final = 16
"""Words of which it is remembered how they are written as categories."""


def categories(places: npt.NDArray[np.int32], words: Sequence[str | None]) -> pa.Array:
    """Return categories, given for each row the place of its word.

    >>> categories(np.array([1, 0, 2, 1], np.int32), ["a", None, "a"]).to_pylist()
    [None, 'a', 'a', None]
    """
    codes, known = _coded(tuple(words)) if len(words) <= _FEW else _codes(words)
    indices = places if codes is None else codes[places]
    missing = indices < 0 if None in words else None
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32(), mask=missing), known)


def _codes(words: Sequence[str | None]) -> tuple[npt.NDArray[np.int32] | None, pa.Array]:
    """Return where each word stands among the different ones, and those; ``None`` where all are different."""
    known: dict[str, int] = {}
    codes = [-1 if word is None else known.setdefault(word, len(known)) for word in words]
    different = pa.array(list(known), pa.string())
    return (None if len(known) == len(words) else np.array(codes, np.int32)), different


_coded = lru_cache(maxsize=256)(_codes)
"""Kinds, states, versions and hosts are few and come again in every body."""


def texts(raws: Sequence[bytes]) -> pa.Array:
    """Return UTF-8 texts as categories, what is none of it replaced, and each cut to what a category may be.

    >>> texts([b"a", b"b", b"a"]).indices.to_pylist()
    [0, 1, 0]
    """
    codes = {raw: code for code, raw in enumerate(dict.fromkeys(raws))}
    places = np.fromiter(map(codes.__getitem__, raws), np.int32, len(raws))
    return categories(places, [cut(raw[: 2 * MAX_STRING].decode("utf-8", "replace")) for raw in codes])


def chosen(codes: npt.NDArray[np.int64], say: Callable[[int], str | None]) -> pa.Array:
    """Return categories, given a number for each row (0 for none) and what a number stands for.

    >>> chosen(np.array([2, 0, 2]), lambda code: f"peer {code}").to_pylist()
    ['peer 2', None, 'peer 2']
    """
    known, places = np.unique(codes, return_inverse=True)
    words = [cut(found) if code and (found := say(code)) else None for code in known.tolist()]
    return categories(places.astype(np.int32), words)


def cut(text: str) -> str:
    """Return as much of a text as a category may hold.

    >>> len(cut("é" * 2_000))
    256
    """
    return text if len(text.encode()) <= MAX_STRING else text[: MAX_STRING // 4]


def times(nanos: Uint64s) -> pa.Array:
    """Return instants, given in ns."""
    return pa.Array.from_buffers(TIME, len(nanos), [None, pa.py_buffer(nanos // np.uint64(1_000))])


def owned(chunk: Chunk) -> dict[str, pa.Array]:
    """Return the columns ``service``, ``version`` and ``host``."""
    sources, owners = chunk.sources, chunk.owners
    services = pa.array([source.service for source in sources], pa.string())
    return {
        "service": services.take(pa.array(owners)),
        "version": categories(owners, [source.version for source in sources]),
        "host": categories(owners, [source.host for source in sources]),
    }


def hold_times(sieve: Sieve, nanos: Uint64s, field: str, received_at: Micros) -> None:
    """Let rows fall out whose time is too far from when they came."""
    at = (nanos // np.uint64(1_000)).astype(np.int64)

    def problem(row: int) -> str:
        if not nanos[row]:
            return "there is no time"
        return f"{nanos[row]} ns is far from our clock, which says {iso(received_at)}"

    far = (at > received_at + FUTURE) | (at < received_at - PAST)
    if far.any():
        sieve.drop(far, field, problem, "set the sender's clock: 5 minutes ahead or 30 days behind at most")

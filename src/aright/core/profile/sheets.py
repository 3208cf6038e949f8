"""Profiles of many columns as one compressed body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa

from aright.core.profile.codec import BrokenProfileError, decode
from aright.core.profile.columns import EMPTY
from aright.core.profile.profile import merge_all

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aright.core.profile.profile import Profile

LARGEST: Final = 256 * 1024 * 1024
"""No body says that it unpacks to more (bytes)."""

_CODEC: Final = "zstd"
_LEVEL: Final = 1
_HEAD: Final = 4


def pack(encoded: Mapping[str, bytes]) -> bytes:
    """Return encoded profiles (see ``encode``) by column as one body, the same for the same ones.

    >>> from aright.core.profile import encode, profile_column
    >>> body = pack({"score": encode(profile_column(pa.array([0.5, 1.5])))})
    >>> unpack(body)["score"].mean
    1.0
    """
    plain = msgspec.msgpack.encode(dict(encoded), order="sorted")
    if len(plain) > LARGEST:
        raise ValueError(f"profiles of {len(plain)} bytes do not fit into one body: leave columns out")
    squeezed: bytes = pa.Codec(_CODEC, _LEVEL).compress(plain, asbytes=True)
    return len(plain).to_bytes(_HEAD, "little") + squeezed


def unpack(body: bytes, names: Collection[str] | None = None) -> dict[str, Profile]:
    """Return the profiles by column, of ``names`` alone where those are given.

    Raises:
        BrokenProfileError: where the bytes are no such body or are damaged.
    """
    size = int.from_bytes(body[:_HEAD], "little")
    if len(body) <= _HEAD or size > LARGEST:
        raise BrokenProfileError("these bytes are no packed profiles: profile the rows again")
    try:
        plain = pa.Codec(_CODEC).decompress(body[_HEAD:], size, asbytes=True)
        encoded = msgspec.msgpack.decode(plain, type=dict[str, bytes])
    except (OSError, msgspec.DecodeError) as error:
        raise BrokenProfileError(
            f"these bytes are no packed profiles ({error}): profile the rows again"
        ) from error
    return {name: decode(data) for name, data in encoded.items() if names is None or name in names}


def merge_columns(parts: Sequence[Mapping[str, Profile]]) -> dict[str, Profile]:
    """Return each column's profile over all parts, the last of which says its kind and its frame.

    Parts in which a column has another kind or frame have no count in common with it and are left out of it,
    which its number of rows tells.

    >>> from aright.core.profile import profile_column
    >>> parts = [{"age": profile_column(pa.array(values))} for values in (["old"], [40.0], [50.0, None])]
    >>> merge_columns(parts)["age"].mean, merge_columns(parts)["age"].rows
    (45.0, 3)
    """
    found: dict[str, list[Profile]] = {}
    for part in reversed(parts):
        for name, profile in part.items():
            of_column = found.setdefault(name, [])
            told = next((one for one in of_column if one.kind != EMPTY), profile)
            if profile.kind == EMPTY or (profile.kind, profile.frame) == (told.kind, told.frame):
                of_column.append(profile)
    return {name: merge_all(of_column) for name, of_column in found.items()}

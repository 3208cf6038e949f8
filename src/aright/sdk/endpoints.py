"""Endpoints: the method and the path of a request, with all that names one thing or one person left out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_MOST_SEGMENTS: Final = 12
_LONGEST_SEGMENT: Final = 40
_FEW_DIGITS: Final = 3
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_HASH: Final = re.compile(r"(?=.*\d)[0-9a-fA-F]{8,}")
_FILE: Final = re.compile(r"(.+)(\.(?:json|xml|csv|txt|html|pdf|png|jpg))")


@lru_cache(maxsize=2048)
def endpoint_of(method: str, path: str) -> str:
    """Return what a request asks for, such as ``GET /v1/orders/{}``; numbers, ids and hashes become ``{}``.

    The query is left out, and so is all behind a segment's ``;``. A segment counts as an id where it is a
    number, a UUID or a hash, holds more than three digits or an ``@``, or is longer than 40 characters.

    >>> endpoint_of("get", "/v1/orders/8731/lines/3.json?key=1")
    'GET /v1/orders/{}/lines/{}.json'
    >>> endpoint_of("POST", "/u/3f2504e0-4f89-41d3-9a0c-0305e82c3301/a%40b.c")
    'POST /u/{}/{}'
    """
    segments = path.partition("?")[0].partition("#")[0].split("/")
    told = [_told(segment.partition(";")[0]) for segment in segments[: _MOST_SEGMENTS + 1]]
    more = ["…"] if len(segments) > _MOST_SEGMENTS + 1 else []
    return f"{method.upper()[:16]} {'/'.join([*told, *more]) or '/'}"


def _told(segment: str) -> str:
    file = _FILE.fullmatch(segment)
    head, ending = file.groups() if file else (segment, "")
    return "{}" + ending if _is_id(head) else segment


def _is_id(text: str) -> bool:
    return (
        text.isdecimal()
        or len(text) > _LONGEST_SEGMENT
        or sum(map(str.isdigit, text)) > _FEW_DIGITS
        or "@" in text
        or "%40" in text
        or _UUID.fullmatch(text) is not None
        or _HASH.fullmatch(text) is not None
    )

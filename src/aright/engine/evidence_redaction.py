"""Rows made fit to be shown: private values masked by name and by look, texts and lists cut."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.contract.redacting import MASK
from aright.core.model.columns import ATTRIBUTE, FEATURE
from aright.core.observe.join import OUTCOME

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.contract.redacting import Redactor

T = TypeVar("T", str, bytes)

LONGEST: Final = 500
"""Characters of a text, or of a document's text, that are shown."""

MOST_ENTRIES: Final = 50

_OURS: Final = frozenset({"id", "service", "trace_id", "span_id", "parent_id", "prediction_id", "pair"})
"""Columns whose values name rows: they look drawn at random, and are what one goes on with."""


def bare(column: str) -> str:
    """Return a column's name as its sender knows it.

    >>> bare("feat.profiles.norm"), bare("attr.region"), bare("status")
    ('profiles.norm', 'region', 'status')
    """
    return column.removeprefix(ATTRIBUTE).removeprefix(FEATURE).removeprefix(OUTCOME)


def redacted(rows: pa.Table, redactor: Redactor) -> pa.Table:
    """Return rows whose values may be shown; categories are text, documents are JSON text.

    >>> from aright.core.contract.redacting import Redactor
    >>> from aright.core.model.redaction import Redaction
    >>> rows = pa.table({"attr.email": ["a@b.example"], "feat.age": [41.0], "body": [b'{"pin": 1, "n": 2}']})
    >>> redacted(rows, Redactor(Redaction())).to_pylist()
    [{'attr.email': '•••', 'feat.age': 41.0, 'body': '{"pin":"•••","n":2}'}]
    """
    return pa.table({name: _column(name, rows[name], redactor) for name in rows.column_names})


def _column(name: str, column: pa.ChunkedArray, redactor: Redactor) -> pa.ChunkedArray:
    kind = column.type
    if name != "time" and name not in _OURS and redactor.is_private(bare(name)):
        return pc.if_else(column.is_null(), pa.scalar(None, pa.string()), MASK)
    if pa.types.is_dictionary(kind):
        return _texts(name, column.cast(kind.value_type), redactor)
    if pa.types.is_string(kind):
        return _texts(name, column, redactor)
    if pa.types.is_binary(kind):
        return _mapped(column, partial(_document, redactor))
    if pa.types.is_list(kind):
        shown = cache(partial(_text, redactor))  # lists of many rows hold the same entries
        lists = [None if one is None else _list(one, shown) for one in column.to_pylist()]
        return pa.chunked_array([pa.array(lists, pa.list_(pa.string()))])
    return column


def _texts(name: str, column: pa.ChunkedArray, redactor: Redactor) -> pa.ChunkedArray:
    return _mapped(column, cut if name in _OURS else partial(_text, redactor))


def _list(entries: list[object], shown: Callable[[str], str]) -> list[str]:
    return [shown(str(each)) for each in entries[:MOST_ENTRIES]]


def _text(redactor: Redactor, text: str) -> str:
    return cut(redactor.text(text))


def _document(redactor: Redactor, body: bytes) -> str:
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _text(redactor, body[:LONGEST].decode("utf-8", "replace"))
    return cut(msgspec.json.encode(redactor.value(document)).decode())


def cut(text: str) -> str:
    """Return text cut to what is shown of it.

    >>> cut("abc"), len(cut("x" * 900))
    ('abc', 500)
    """
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _mapped(column: pa.ChunkedArray, shown: Callable[[T], str]) -> pa.ChunkedArray:
    """Return a column with each of its values shown once worked out, however many rows hold it."""
    coded = column.dictionary_encode().combine_chunks()
    chunks = coded.chunks if isinstance(coded, pa.ChunkedArray) else [coded]
    made = [
        pa.array([shown(value) for value in chunk.dictionary.to_pylist()], pa.string()).take(chunk.indices)
        for chunk in chunks
    ]
    return pa.chunked_array(made, pa.string())

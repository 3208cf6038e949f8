"""Text that is not UTF-8: read all the same, with a mark where a byte is odd, and a note."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from aright.ports.tables import NOTES


def noted(table: pa.Table, line: str) -> pa.Table:
    """Return the table with one more note of its reader in its metadata."""
    known = table.schema.metadata or {}
    lines = [*filter(None, [known.get(NOTES, b"")]), line.encode()]
    return table.replace_schema_metadata({**known, NOTES: b"\n".join(lines)})


def as_utf8(table: pa.Table) -> pa.Table:
    """Return the table with every text in UTF-8: a byte that is not becomes U+FFFD, and a note says where.

    Arrow trusts what a file calls text; the first value that is looked at would be the end of the report.
    """
    for at, field in enumerate(table.schema):
        column = table.column(at)
        if not _is_text(field.type) or _is_valid(column):
            continue
        mended = column.cast(pa.binary()).combine_chunks().dictionary_encode()
        raw = mended.dictionary.to_pylist()
        words = [value.decode(errors="replace") for value in raw]
        odd = pa.array([value.encode() != plain for value, plain in zip(words, raw, strict=True)])
        count = pc.sum(odd.take(mended.indices)).as_py() or 0
        table = table.set_column(at, field.name, pa.array(words, pa.string()).take(mended.indices))
        table = noted(
            table, f"{count:,} {'value is' if count == 1 else 'values are'} not UTF-8 in column {field.name}"
        )
    return table


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_valid(column: pa.ChunkedArray) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True

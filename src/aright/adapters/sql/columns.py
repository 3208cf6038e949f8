"""Types of columns that mean the same in both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Integer, String, TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Dialect
    from sqlalchemy.types import TypeEngine

_NUL: Final = "\x00"
_MARK: Final = "\x01"


def without_nul(value: str) -> str:
    r"""Return a text that PostgreSQL takes: it has no zero character; the order of texts stays as it is.

    >>> without_nul("a\0b\x01c")
    'a\x01\x01b\x01\x02c'
    """
    if _NUL not in value and _MARK not in value:
        return value
    return value.replace(_MARK, _MARK + "\x02").replace(_NUL, _MARK + _MARK)


def with_nul(value: str) -> str:
    r"""Return the text that ``without_nul`` was given.

    >>> with_nul(without_nul("a\0\x01\0\x01\x02")) == "a\0\x01\0\x01\x02"
    True
    """
    if _MARK not in value:
        return value
    first, *others = value.split(_MARK)
    rest = iter(others)
    # "\1\1" was a zero character, "\1\2" was "\1" itself.
    return first + "".join(_MARK + part[1:] if part else _NUL + next(rest, "") for part in rest)


class _Text(TypeDecorator[str]):
    """PostgreSQL's text, ordered by code points as SQLite's is, and with room for every character."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return dialect.type_descriptor(String(collation="C"))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as its base has it
        return None if value is None else without_nul(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the same
        return None if value is None else with_nul(value)


TEXT: Final = String().with_variant(_Text(), "postgresql")
"""A text, compared by its code points."""

INTEGER: Final = BigInteger().with_variant(Integer(), "sqlite")
"""An integer of 64 bits, as instants (µs) need them; SQLite's always have."""

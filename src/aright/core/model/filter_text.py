"""Filters read from SQL text: a small part of SQL, so that text can do nothing but select rows.

Read are ``TRUE`` and ``FALSE``, ``=``, ``<>``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``[NOT] IN``, ``[NOT]
LIKE``, ``[NOT] BETWEEN``, ``IS [NOT] NULL``, a bare column that is true, ``AND``, ``OR``, ``NOT`` and
parentheses, over columns (quoted, or a plain word) on the left and constants on the right: text, numbers,
``TRUE``, ``FALSE``, ``TIMESTAMP '…'`` and ``TIMESTAMPTZ '…'``, where a time without a zone is UTC. Everything
else, functions and subqueries among them, raises ``FilterError``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from aright.core.model.filters import (
    Compare,
    Every,
    Filter,
    FilterError,
    Instant,
    IsNull,
    Like,
    Not,
    OneOf,
    Some,
    Value,
)
from aright.core.model.times import from_datetime, to_datetime

if TYPE_CHECKING:
    from aright.core.model.filters import Operator

LONGEST: Final = 20_000
"""Characters of a filter that are read."""

DEEPEST: Final = 32
"""Parentheses and negations within one another."""

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<quoted>"(?:[^"]|"")*") | (?P<text>'(?:[^']|'')*')
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<word>[A-Za-z_]\w*) | (?P<sign><=|>=|<>|!=|[=<>(),])
    )""",
    re.VERBOSE,
)
_KEYWORDS: Final = frozenset(
    "AND OR NOT IN LIKE BETWEEN IS NULL TRUE FALSE TIMESTAMP TIMESTAMPTZ".split()  # noqa: SIM905 - shorter so
)
_COMPARISONS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})


class _Token(NamedTuple):
    kind: str  # quoted | text | number | word | sign | end; a keyword is its own kind
    text: str
    at: int


def read_filter(text: str) -> Filter:
    """Return the filter that SQL text says; raises ``FilterError``.

    >>> read_filter("TRUE")
    Every(parts=())
    >>> read_filter('''"attr.region" = 'O''Hare' ''')
    Compare(column='attr.region', operator='=', value="O'Hare")
    >>> read_filter("a = 1; DROP TABLE rows")
    Traceback (most recent call last):
    aright.core.model.filters.FilterError: at character 6 of the filter: '; DROP TABLE rows' cannot be read
    """
    if len(text) > LONGEST:
        raise FilterError(f"the filter has {len(text):,} characters; {LONGEST:,} are read at most")
    reader = _Reader(text)
    found = reader.some(0)
    reader.take("end")
    return found


def write_filter(where: Filter) -> str:
    r"""Return a filter as SQL text, which ``read_filter`` reads as the same.

    >>> write_filter(Every((Compare("a", "=", "O'Hare"), Not(IsNull("b")), Compare("t", "<", Instant(5)))))
    '"a" = \'O\'\'Hare\' AND NOT "b" IS NULL AND "t" < TIMESTAMPTZ \'1970-01-01T00:00:00.000005+00:00\''
    """
    if isinstance(where, Not):
        return f"NOT {_within(where.part)}"
    if isinstance(where, Every | Some):
        every = isinstance(where, Every)
        if not where.parts:
            return "TRUE" if every else "FALSE"
        return (" AND " if every else " OR ").join(_within(part) for part in where.parts)
    return _condition(where)


def _condition(where: Compare | OneOf | Like | IsNull) -> str:
    name = _quoted(where.column, '"')
    if isinstance(where, IsNull):
        return f"{name} IS NULL"
    if isinstance(where, Like):
        return f"{name} LIKE {_quoted(where.pattern)}"
    if isinstance(where, OneOf):
        return f"{name} IN ({', '.join(_constant(value) for value in where.values)})"
    return f"{name} {where.operator} {_constant(where.value)}"


def _within(where: Filter) -> str:
    """Return a filter as a part of another, in parentheses where it has parts itself."""
    return (
        f"({write_filter(where)})" if isinstance(where, Every | Some) and where.parts else write_filter(where)
    )


def _constant(value: Value) -> str:
    if isinstance(value, Instant):
        return f"TIMESTAMPTZ {_quoted(to_datetime(value.at).isoformat())}"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str, mark: str = "'") -> str:
    return mark + text.replace(mark, mark * 2) + mark


class _Reader:
    """Reads tokens by recursive descent; ``OR`` binds less than ``AND``, that less than ``NOT``."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def some(self, depth: int) -> Filter:
        parts = [self._every(depth)]
        while self._given("OR"):
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def take(self, kind: str, sign: str = "") -> str:
        """Return the next token's text and go on; raises where it is of another kind."""
        token = self._token
        if token.kind != kind or (sign and token.text != sign):
            raise self._wanted(sign or {"end": "AND or the end", "text": "text in quotes"}.get(kind, kind))
        self._next += 1
        return token.text

    def _every(self, depth: int) -> Filter:
        parts = [self._not(depth)]
        while self._given("AND"):
            parts.append(self._not(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _not(self, depth: int) -> Filter:
        if depth > DEEPEST:
            raise FilterError(f"the filter is nested more than {DEEPEST} deep")
        if self._given("NOT"):
            return Not(self._not(depth + 1))
        if self._given("sign", "("):
            found = self.some(depth + 1)
            self.take("sign", ")")
            return found
        if self._given("TRUE"):
            return Every()
        return Some() if self._given("FALSE") else self._condition()

    def _condition(self) -> Filter:
        column = self._column()
        if self._given("IS"):
            negated = self._given("NOT")
            self.take("NULL")
            return Not(IsNull(column)) if negated else IsNull(column)
        token = self._token
        if token.kind == "sign" and token.text.replace("!=", "<>") in _COMPARISONS:
            self._next += 1
            operator = cast("Operator", token.text.replace("!=", "<>"))
            return Compare(column, operator, self._value())
        negated = self._given("NOT")
        found = self._range(column)
        if found is None and negated:
            raise self._wanted("IN, LIKE or BETWEEN")
        if found is None:
            return Compare(column, "=", value=True)
        return Not(found) if negated else found

    def _range(self, column: str) -> Filter | None:
        if self._given("IN"):
            self.take("sign", "(")
            values = [self._value()]
            while self._given("sign", ","):
                values.append(self._value())
            self.take("sign", ")")
            return OneOf(column, tuple(values))
        if self._given("LIKE"):
            return Like(column, _plain(self.take("text"), "'"))
        if self._given("BETWEEN"):
            low = self._value()
            self.take("AND")
            return Every((Compare(column, ">=", low), Compare(column, "<=", self._value())))
        return None

    def _column(self) -> str:
        token = self._token
        if token.kind not in {"quoted", "word"}:
            raise self._wanted("a column")
        self._next += 1
        return _plain(token.text, '"') if token.kind == "quoted" else token.text

    def _value(self) -> Value:
        if self._given("TRUE"):
            return True
        if self._given("FALSE"):
            return False
        if self._given("TIMESTAMP") or self._given("TIMESTAMPTZ"):
            return self._instant(_plain(self.take("text"), "'"))
        token = self._token
        if token.kind not in {"text", "number"}:
            raise self._wanted("a constant")
        self._next += 1
        return _plain(token.text, "'") if token.kind == "text" else _number(token.text)

    def _instant(self, text: str) -> Instant:
        try:
            return instant(text)
        except ValueError as bad:
            raise FilterError(f"{text[:40]!r} in the filter is no time") from bad

    def _given(self, kind: str, text: str = "") -> bool:
        token = self._token
        if token.kind != kind or (text and token.text != text):
            return False
        self._next += 1
        return True

    def _wanted(self, what: str) -> FilterError:
        token = self._token
        seen = repr(token.text[:40]) if token.text else "its end"
        return FilterError(f"at character {token.at + 1} of the filter: {what} is wanted, not {seen}")


def instant(text: str) -> Instant:
    """Return the moment that RFC 3339 text names, UTC where it names no zone; raises ``ValueError``.

    >>> instant("1970-01-01T00:00:01Z"), instant("1970-01-01 00:00:01")
    (Instant(at=1000000), Instant(at=1000000))
    """
    when = datetime.fromisoformat(text)
    return Instant(from_datetime(when if when.tzinfo else when.replace(tzinfo=UTC)))


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FilterError(f"at character {at + 1} of the filter: {text[at:end][:40]!r} cannot be read")
        said = match[match.lastgroup]
        upper = said.upper()
        kind = upper if match.lastgroup == "word" and upper in _KEYWORDS else match.lastgroup
        found.append(_Token(kind, said, match.start(match.lastgroup)))
        at = match.end()
    return [*found, _Token("end", "", end)]


def _plain(quoted: str, mark: str) -> str:
    return quoted[1:-1].replace(mark * 2, mark)


def _number(text: str) -> float:
    if re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise FilterError(f"{text[:40]!r} in the filter is beyond all numbers")
    return value

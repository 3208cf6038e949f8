"""Lines of code and messages to tokens: names, texts, numbers and signs, whatever the language.

No grammar is known, only what most languages share: names, numbers, quotes, operators, comments. That is
enough to see what an edit really took away and added once layout and comments are set aside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOKEN: Final = re.compile(
    r"""
    (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\\n])*`)
  | (?P<number>(?<![\w.])-?v?\d[\d_]*(?:\.\d+)*(?:[eE][+-]?\d+)?[\w%]*)
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<sign>===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.|->|=>|:=|\+=|-=|\*=|/=|::|<<|>>|\*\*|//|[^\s\w])
    """,
    re.VERBOSE,
)
_BLOCK: Final = re.compile(r"/\*.*?(?:\*/|$)|<!--.*?(?:-->|$)|^\s*(?:\"\"\"|''').*?(?:\"\"\"|'''|$)")
_INSIDE_BLOCK: Final = re.compile(r"^\s*\*(?:\s|/|$)")
_LINE_COMMENT: Final = re.compile(
    r"(?<![:\w\"'])//(?!go:|\s?@ts-).*$|(?:^|\s)#(?![\[!]|\s?(?:-\*-|frozen_string_literal|syntax=)|include\b|define\b|if|endif|[0-9a-fA-F]{3,8}\b).*$"
    r"|(?:^|\s)--\s.*$|^\s*(?:REM|%|;)\s.*$"
)
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MESSAGE_WORD: Final = re.compile(r"[A-Za-z_][\w$]*(?:[.\-/:]+[\w$]+)*")
SHORTEST: Final = 4
"""Letters that a part of a name must have to be a word by itself."""

_SUBJECT: Final = re.compile(r"[\"'`\[<{(]([A-Za-z_][\w$./:-]*)[\"'`\]>})]")


@dataclass(frozen=True)
class Token:
    """A token of code.

    Attributes:
        kind: ``text`` | ``number`` | ``name`` | ``sign``.
        value: as written; a text without its quotes.
    """

    kind: str
    value: str


def without_comments(line: str) -> str:
    """Return a line of code without comments and layout; empty where it was nothing else.

    >>> without_comments("    total += 1  # one more"), without_comments("// only talk")
    ('total += 1', '')
    >>> without_comments('url = "http://a/b"'), without_comments("color: #fff8e1;")
    ('url = "http://a/b"', 'color: #fff8e1;')
    """
    if _INSIDE_BLOCK.match(line):
        return ""
    kept = _LINE_COMMENT.sub("", _BLOCK.sub("", line))
    return " ".join(kept.split())


def tokens(line: str) -> tuple[Token, ...]:
    """Return the tokens of a line of code, comments left out.

    >>> [each.value for each in tokens('if (age > 17) { greet("you") } // adult')]
    ['if', '(', 'age', '>', '17', ')', '{', 'greet', '(', 'you', ')', '}']
    """
    found = []
    for each in _TOKEN.finditer(without_comments(line)):
        kind = each.lastgroup or "sign"
        value = each[0][1:-1] if kind == "text" else each[0]
        found.append(Token(kind, value))
    return tuple(found)


def plain(name: str) -> str:
    """Return a name as all its spellings share it.

    >>> plain("userEmail"), plain("user_email"), plain("USER-EMAIL")
    ('useremail', 'useremail', 'useremail')
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def parts(name: str) -> tuple[str, ...]:
    """Return the words a name is made of.

    >>> parts("readHTTPBody_v2")
    ('read', 'http', 'body', 'v', '2')
    """
    return tuple(each.lower() for each in _PARTS.findall(name))


def names(line: str) -> set[str]:
    """Return the plain names that a line of code speaks of, those within texts too.

    >>> sorted(names('row = db.run("SELECT id FROM old_orders")'))
    ['db', 'dbrun', 'from', 'id', 'oldorders', 'order', 'row', 'run', 'select']
    """
    return message_names(without_comments(line))


def message_names(text: str) -> set[str]:
    """Return the plain names in a message: its words, and names with dots or slashes both whole and in parts.

    >>> sorted(message_names("no column orders.user_id"))
    ['column', 'no', 'order', 'orders', 'ordersuserid', 'user', 'userid']
    """
    found: set[str] = set()
    for word in _MESSAGE_WORD.findall(text):
        found.add(plain(word))
        found.update(plain(part) for part in re.split(r"[.\-/:]+", word))
        found.update(_stem(part) for part in parts(word) if len(part) >= SHORTEST)
    return {each for each in found if not each.isdigit()} - {""}


def _stem(word: str) -> str:
    """Return a word without the ending of its plural."""
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > SHORTEST else word


def subjects(text: str) -> set[str]:
    """Return the names that a message quotes or brackets: what it is about.

    >>> sorted(subjects('relation "old_orders" has no field [price]'))
    ['oldorders', 'price']
    """
    return {plain(each) for each in _SUBJECT.findall(text)} - {""}


def all_tokens(lines: Iterable[str]) -> list[Token]:
    """Return the tokens of several lines, in order."""
    return [token for line in lines for token in tokens(line)]

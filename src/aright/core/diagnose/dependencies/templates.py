"""Log templates: what lines have in common once numbers, ids and quoted values are taken out.

Two passes, both linear in the text: regular expressions of the RE2 family (no backtracking) mask what differs
from line to line, then the distinct masked lines, few by then, are merged in a tree over their words. A place
in the tree keeps only its commonest words; the others become ``*``. So a thousand customer names give one
template, and a rare error, whose other words still differ, one of its own. Lines, words and distinct texts
are all bounded, whatever is sent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

MAX_CHARACTERS: Final = 1_000
"""Of a line, so many are looked at: what a line says stands at its beginning."""
MAX_WORDS: Final = 40
MAX_CHILDREN: Final = 16
"""Values kept of one place; the values that code itself can put there are few, those of data many."""
MAX_TEXTS: Final = 20_000
"""Distinct masked lines that are told apart; the rarest beyond them are one template, ``OTHER``."""
OTHER: Final = "*"

_NUMBERS: Final = (r"\b(?:0x)?[0-9a-fA-F]{8,}\b(?:-[0-9a-fA-F]{4,12}\b)*|[0-9]+", "#")
_DUMP: Final = (r"[\[({][^\[\](){}]*=[^\[\](){}]*(?:[\])}]|$)", "<*>")
_DUMPS: Final = (r"[\[({](?:[\w.$]*<\*>[,;\s]*)+(?:[\])}]|$)", "<*>")
_MASKS: Final = (
    (r'"[^"\n]{0,200}"', '"*"'),
    _DUMP,
    _DUMPS,
    _DUMP,
    _DUMPS,
    _DUMP,
    (r"[\w#+=-]{40,}", "#"),
    (r"#(?:[-+:/.,TZ ]+#)+Z?", "#"),
    (r"=\s*[^\s,;()\[\]{}]+", "=*"),
    (r"[^\s,]+(?:, ?[^\s,]+)+", "*"),
)
"""Quoted texts; objects written out, innermost first; tokens and keys; rows of numbers, such as times;
values; lists. Ids and numbers are masked before: few lines differ then, and only with these it goes on."""


@dataclass(frozen=True, eq=False)
class Templates:
    """The templates of some lines.

    Attributes:
        names: of each template.
        codes: per line, which template it is.
    """

    names: tuple[str, ...]
    codes: npt.NDArray[np.int64]


def templates_of(bodies: pa.Array | pa.ChunkedArray, writers: npt.NDArray[np.int64]) -> Templates:
    """Return the templates of lines; a missing line is an empty one.

    Args:
        bodies: the lines.
        writers: per line, a number ≥ 0 of who wrote it: lines of one writer are merged among themselves, so
            that many writers do not crowd one another out. The same words are the same template all the same.

    >>> import numpy as np
    >>> import pyarrow as pa
    >>> found = templates_of(pa.array(["took 12 ms", "took 340 ms", "no route"]), np.array([0, 0, 0]))
    >>> found.names, found.codes.tolist()
    (('took # ms', 'no route'), [0, 0, 1])
    """
    texts = pc.utf8_slice_codeunits(pc.fill_null(bodies.cast(pa.string()), ""), 0, MAX_CHARACTERS)
    first = _whole(pc.replace_substring_regex(texts, *_NUMBERS)).dictionary_encode()
    masked = first.dictionary
    for pattern, mask in _MASKS:
        masked = pc.replace_substring_regex(masked, pattern, mask)
    second = masked.dictionary_encode()
    texts_of: list[str] = second.dictionary.to_pylist()
    text = second.indices.to_numpy(zero_copy_only=False)[first.indices.to_numpy(zero_copy_only=False)]
    both = writers * max(len(texts_of), 1) + text
    pairs, codes, counts = np.unique(both, return_inverse=True, return_counts=True)
    distinct = [(int(pair) // len(texts_of), texts_of[int(pair) % len(texts_of)]) for pair in pairs]
    merged = _merge(distinct, counts)
    names = tuple(dict.fromkeys(merged))
    place = {name: index for index, name in enumerate(names)}
    table = np.array([place[name] for name in merged], dtype=np.int64)
    return Templates(names, table[codes] if len(codes) else codes)


def _merge(distinct: list[tuple[int, str]], counts: npt.NDArray[np.int64]) -> list[str]:
    """Return the template of each distinct masked line."""
    merged = [OTHER] * len(distinct)
    kept = np.argsort(-counts, kind="stable")[:MAX_TEXTS].tolist()
    words = {index: distinct[index][1].split(None, MAX_WORDS)[:MAX_WORDS] for index in kept}
    prefixes: dict[int, tuple[int, str]] = {index: (distinct[index][0], "") for index in kept}
    paths: dict[int, list[str]] = {index: [] for index in kept}
    going = [index for index in kept if words[index]]
    for place in range(MAX_WORDS):
        groups: dict[tuple[int, str], list[int]] = defaultdict(list)
        for index in going:
            groups[prefixes[index]].append(index)
        for number, members in enumerate(groups.values()):
            seen = Counter[str]()
            for index in members:
                seen[words[index][place]] += int(counts[index])
            common = {word for word, _ in seen.most_common(MAX_CHILDREN)}
            for index in members:
                word = words[index][place]
                word = word if word in common else OTHER
                paths[index].append(word)
                prefixes[index] = (number, word)
        going = [index for index in going if len(words[index]) > place + 1]
    for index in kept:
        merged[index] = " ".join(paths[index])
    return merged


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column

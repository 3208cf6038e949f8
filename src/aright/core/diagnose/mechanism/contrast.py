"""What really went and came in a change: moves, layout, comments, tests, papers and log lines set aside."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.hints import without_hints
from aright.core.diagnose.mechanism.lexing import Token, all_tokens, tokens, without_comments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.diagnose.mechanism.diff import Edit

_PAPER: Final = re.compile(
    r"(?:^|/)(?:docs?|documentation|tests?|__tests__|specs?|testdata|fixtures|examples?"
    r"|\.github|\.circleci|\.gitlab|\.vscode|\.idea|licenses?)/"
    r"|\.(?:md|rst|adoc|txt|css|scss|sass|less|svg|png|jpe?g|gif|ico|woff2?|snap)$"
    r"|(?:^|[/_.])(?:test|tests|spec)\.[a-z]+$|_(?:test|spec)\.\w+$|(?:^|/)test_\w+\.\w+$"
    r"|(?:Test|Tests|Spec|IT)\.(?:java|kt|scala|cs)$"
    r"|(?:^|/)(?:CODEOWNERS|LICENSE|NOTICE|README|CHANGELOG|AUTHORS|\.gitignore|\.editorconfig)(?:\.\w+)?$"
    r"|(?:^|/)\.(?:golangci|pre-commit-config|eslintrc|prettierrc|gitlab-ci|travis)[\w.]*$"
)
_SETTINGS: Final = re.compile(
    r"\.(?:ya?ml|env|ini|toml|cfg|conf|config|properties|json|tf|tfvars|hcl|xml)$"
    r"|(?:^|/)(?:Dockerfile|\.env[.\w]*)$"
)
_BLOCKS: Final = re.compile(r"\.(?:pyi?|ya?ml|coffee|nim|haml|pug|slim)$")
_PROMPT: Final = re.compile(r"prompt|template", re.IGNORECASE)
_LOG: Final = re.compile(
    r"^(?:\w+\.)*_?(?:log|logger|logging|slog|console|zap|tracing)(?:\.\w+)*[.(!]"
    r"|^(?:LOG_\w+|NSLog|println!?|eprintln!?|printf?|fmt\.Print\w*|System\.out\.\w+"
    r"|(?:info|debug|warn|trace)!)\s*\("
)
_TALK: Final = re.compile(
    rf"{_LOG.pattern}|^[\"']?(?:description|summary|comment|doc|help(?:_text)?)[\"']?\s*[:=](?!=)"
)
_LOOK: Final = re.compile(r"^\"?#(?:[0-9a-fA-F]{3,4}){1,2}\"?$|^\d+(?:px|rem|em|vh|vw|pt)$")

MOST_PAIRED: Final = 80
"""Lines on each side that are looked at for being one line before and after."""

ALIKE: Final = 0.5
"""From here on (share of tokens in common, twice over their sum) two lines are one before and after."""


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Both sides of a change.

    Attributes:
        removed: lines of code that went, cleaned.
        added: lines that came.
        around: lines beside them that stayed, and what the headers of the hunks say.
        pairs: of these, a line that went and the line that stands for it now.
        lost: tokens that went and did not come back elsewhere.
        gained: tokens that came and were not there.
        paths: files with code, all that were named.
        seen: whether there was any hunk to look at.
        settings: whether all files are settings, where every word is a value.
        paper: whether every file is a test, a document, a style or a setting of the tools.
        indented: whether lines stand in another block than before, where layout tells blocks.
    """

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    lost: Counter[Token]
    gained: Counter[Token]
    paths: tuple[str, ...] = ()
    seen: bool = False
    settings: bool = False
    paper: bool = False
    indented: bool = False

    @property
    def idle(self) -> bool:
        """Whether nothing that runs was changed: papers, comments, layout, moves or log lines alone."""
        return self.paper or (self.seen and not (self.removed or self.added or self.indented))


def contrast(edits: Sequence[Edit]) -> Contrast:
    r"""Return what the hunks of one change did, all together.

    >>> from aright.core.diagnose.mechanism.diff import edits
    >>> moved = contrast(edits("@@ a.py @@\n-x = 1\n-y = 2  # two\n+y = 2\n+x = 1"))
    >>> moved.removed, moved.idle
    ((), True)
    """
    code = [each for each in edits if not is_paper(each.path)]
    removed = [line for each in code for line in _cleaned(each.removed, each.path)]
    added = [line for each in code for line in _cleaned(each.added, each.path)]
    went, came = Counter(removed), Counter(added)
    removed, added = _kept(removed, went - came), _kept(added, came - went)
    before, now = Counter(all_tokens(removed)), Counter(all_tokens(added))
    return Contrast(
        removed=tuple(removed),
        added=tuple(added),
        around=tuple(
            line for each in code for line in (each.scope, *_cleaned(each.around, each.path)) if line
        ),
        pairs=tuple(_pairs(removed, added)),
        lost=before - now,
        gained=now - before,
        paths=tuple(dict.fromkeys(each.path for each in code if each.path)),
        seen=any(each.removed or each.added for each in edits),
        settings=bool(code) and all(_SETTINGS.search(each.path) for each in code),
        paper=bool(edits) and not code,
        indented=any(_indented(each) for each in code if _BLOCKS.search(each.path)),
    )


def is_paper(path: str) -> bool:
    """Tell a file that is not run in production by what its kind is called everywhere.

    >>> is_paper("docs/setup.md"), is_paper("src/tests/test_cart.py"), is_paper("src/cart.py")
    (True, True, False)
    """
    return bool(_PAPER.search(path)) and not (
        (path.endswith(".txt") and bool(_PROMPT.search(path))) or _is_lock(path)
    )


def _indented(edit: Edit) -> bool:
    """Tell whether a hunk moves whole statements to another depth, and does nothing else."""
    before, now = ([line for line in lines if line.strip()] for lines in (edit.removed, edit.added))
    if [line.split() for line in before[-len(now) :]] != [line.split() for line in now]:
        return False
    shifts = {_depth(new) - _depth(old) for old, new in zip(before[-len(now) :], now, strict=True)}
    return bool(shifts - {0})


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_lock(path: str) -> bool:
    return path.endswith(("requirements.txt", "constraints.txt"))


def _cleaned(lines: Iterable[str], path: str) -> list[str]:
    clean = [without_comments(line) for line in lines]
    if path.endswith(".py"):
        clean = [without_hints(line) for line in clean]
    return [line for line in clean if any(each.isalnum() for each in line) and not _TALK.match(line)]


def _kept(lines: Iterable[str], left: Counter[str]) -> list[str]:
    kept = []
    for line in lines:
        if left[line] > 0:
            left[line] -= 1
            kept.append(line)
    return kept


def _pairs(removed: Sequence[str], added: Sequence[str]) -> list[tuple[str, str]]:
    """Return the lines that were rewritten, each with the likest of those that came, none twice."""
    found = []
    free = {at: _values(line) for at, line in enumerate(added[:MOST_PAIRED])}
    for line in removed[:MOST_PAIRED]:
        mine = _values(line)
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(mine)
        best, likeness = -1, ALIKE - 1e-9
        for at, values in free.items():
            matcher.set_seq1(values)
            if matcher.quick_ratio() > likeness and (ratio := matcher.ratio()) > likeness:
                best, likeness = at, ratio
        if best >= 0:
            found.append((line, added[best]))
            del free[best]
    return found


def _values(line: str) -> list[str]:
    return [token.value for token in tokens(line)]


def only_looks(found: Contrast) -> bool:
    r"""Tell whether colours and sizes are all that changed.

    >>> from aright.core.diagnose.mechanism.diff import edits
    >>> only_looks(contrast(edits("@@ theme.ts @@\n-  ink: \"#111111\",\n+  ink: \"#222222\",")))
    True
    """
    changed = [*found.lost, *found.gained]
    return bool(changed) and all(_LOOK.match(token.value) for token in changed)

"""Runbooks as files: Markdown with a head that says what it is for, and a list of steps to tick.

A file begins with a head between two lines of ``---``: ``id``, ``title``, and what it is for: ``severity``,
``type``, ``service``, ``signal``, each one or several, by commas. Headings part it into sections. A step is
an item of a task list; in braces at its end stands what aright is to know of it; indented lines below say
how, and a fenced block marked ``run`` is a command for whoever runs it::

    - [ ] Roll the model back {#back role=commander action=roll_back_model guard="verdict == 'confirmed'"}
      Try it out first: `aright mitigate INC --dry-run`.

Nothing else of a file is kept. What is wrong is told with its line.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from aright.core.communicate.guards import GuardError, read_guard
from aright.core.model.catalog import Finding
from aright.core.model.command import ROLES
from aright.core.model.runbook import Runbook, RunbookStep
from aright.core.model.service import REMEDIES, TYPES

LONGEST_FILE: Final = 200_000
MOST_STEPS: Final = 200
MOST_GUARDS: Final = 10
LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 4_000
_KEYS: Final = ("id", "title", "severity", "type", "service", "signal")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_STEP: Final = re.compile(r"[-*] \[( |x|X)\] +(?P<rest>\S.*)")
_ITEM: Final = re.compile(r"[-*] \[[^\]]?\](?!\()")
_BRACES: Final = re.compile(r"\{(?P<inside>(?:[^{}\"]|\"[^\"]*\")*)\}\s*$")
_MARK: Final = re.compile(
    r"\s*(?:#(?P<id>\S+)|(?P<name>[a-z]+)=(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^\s\"]+)))(?=\s|$)"
)
_FENCE: Final = re.compile(r"(`{3,}|~{3,})\s*(?P<word>\S*)\s*$")


def read_runbook(text: str, source: str) -> tuple[Runbook | None, tuple[Finding, ...]]:
    """Return a runbook, ``None`` where its file cannot be used, and what is wrong with it, by lines.

    Args:
        text: the file's.
        source: the file's name, for what is told.

    >>> made, wrong = read_runbook('''---
    ... id: sev2
    ... title: SEV2
    ... severity: 2
    ... ---
    ... ## Look
    ... - [ ] Take it on {role=commander guard="not acknowledged"}
    ...   One of you leads.
    ... ''', "sev2.md")
    >>> made.severities, wrong
    ((2,), ())
    >>> step = made.steps[0]
    >>> step.id, step.title, step.section, step.role, step.guards, step.text, step.line
    ('take-it-on', 'Take it on', 'Look', 'commander', ('not acknowledged',), 'One of you leads.', 7)
    """
    return _Reader(text, source).read()


class _Reader:
    """Reads one file, line by line, and goes on after what is wrong."""

    def __init__(self, text: str, source: str) -> None:
        self._text = text
        self._source = source
        self._lines = text.splitlines()
        self._wrong: list[Finding] = []
        self._steps: list[RunbookStep] = []

    def read(self) -> tuple[Runbook | None, tuple[Finding, ...]]:
        if len(self._text) > LONGEST_FILE:
            self._tell(0, f"the file has {len(self._text):,} characters", "nobody reads that at night")
            return None, tuple(self._wrong)
        head, after = self._head()
        self._body(after)
        made = self._made(head)
        self._asked_steps()
        if not self._steps:
            self._tell(0, "it has no steps", "there is nothing to tick", "Write steps as - [ ] What to do.")
        usable = not any(finding.error for finding in self._wrong)
        return (made if usable else None), tuple(sorted(self._wrong, key=lambda finding: finding.line))

    def _tell(
        self, line: int, what: str, why: str, fix: str = "Make it shorter.", *, error: bool = True
    ) -> None:
        self._wrong.append(Finding(file=self._source, line=line, what=what, why=why, fix=fix, error=error))

    def _head(self) -> tuple[dict[str, tuple[int, str]], int]:
        found: dict[str, tuple[int, str]] = {}
        if not self._lines or self._lines[0].strip() != "---":
            fix = "Begin the file with ---, id: …, title: …, and --- again."
            self._tell(1, "it has no head", "aright cannot know what it is for", fix)
            return found, 0
        for at, line in enumerate(self._lines[1:], start=2):
            if line.strip() == "---":
                return found, at
            if line.strip() and not line.lstrip().startswith("#"):
                self._key(found, at, line)
        self._tell(1, "the head has no end", "all of the file would belong to it", "End it with a line ---.")
        return found, len(self._lines)

    def _key(self, found: dict[str, tuple[int, str]], at: int, line: str) -> None:
        name, colon, value = line.partition(":")
        name, value = name.strip(), value.strip().strip("\"'")
        if not colon or name not in _KEYS:
            what = f"the head has {name[:40]!r}" if colon else f"{line.strip()[:40]!r} is no key and value"
            self._tell(at, what, "aright does not know it", f"It may have {', '.join(_KEYS)}.")
        elif name in found:
            self._tell(at, f"{name} is there twice", "one would be lost", "Keep one, with several values.")
        else:
            found[name] = (at, value)

    def _body(self, after: int) -> None:
        section, at = "", after
        while at < len(self._lines):
            line = self._lines[at]
            heading = re.match(r"#{1,6} +(\S.*)", line)
            fence = _FENCE.match(line)
            if heading:
                section = heading.group(1).strip()[:LONGEST_TITLE]
                at += 1
            elif fence:
                at = self._past_fence(at, fence.group(1))
            elif _ITEM.match(line):
                at = self._step(at, section)
            else:
                at += 1

    def _past_fence(self, at: int, mark: str) -> int:
        for end in range(at + 1, len(self._lines)):
            if self._lines[end].strip().startswith(mark):
                return end + 1
        self._tell(at + 1, "a block of code has no end", "all below would be code", f"End it with {mark}.")
        return len(self._lines)

    def _step(self, at: int, section: str) -> int:
        block = self._indented(at + 1)
        match = _STEP.match(self._lines[at])
        line, end = at + 1, at + 1 + len(block)
        if match is None:
            self._tell(line, "the step is not written as one", "it would be lost", "Write - [ ] What to do.")
            return end
        title, marks = self._marks(match.group("rest").strip(), line)
        text, command = self._below(block, line)
        if len(self._steps) >= MOST_STEPS:
            if len(self._steps) == MOST_STEPS and not any("steps" in f.what for f in self._wrong):
                self._tell(line, f"there are more than {MOST_STEPS} steps", "nobody goes through them")
            return end
        self._steps.append(
            RunbookStep(
                id=self._id(marks.get("id", [""])[0], title, line),
                title=self._short(title, LONGEST_TITLE, line, "the title"),
                text=self._short(text, LONGEST_TEXT, line, "the text"),
                section=section,
                role=self._one_of(marks, "role", ROLES, line),
                action=marks.get("action", [""])[0],
                command=self._short(command, LONGEST_TEXT, line, "the command"),
                guards=self._guards(marks.get("guard", []), line),
                line=line,
            )
        )
        if self._steps[-1].action and self._steps[-1].action not in REMEDIES:
            why = "it is no remedy, so only a service that offers an action of that name has it"
            fix = f"Remedies are {', '.join(REMEDIES)}."
            self._tell(line, f"action {self._steps[-1].action!r}", why, fix, error=False)
        return end

    def _indented(self, start: int) -> list[str]:
        end = start
        while end < len(self._lines) and (
            self._lines[end][:1] in {" ", "\t"} or not self._lines[end].strip()
        ):
            end += 1
        return self._lines[start:end]

    def _marks(self, rest: str, line: int) -> tuple[str, dict[str, list[str]]]:
        found: dict[str, list[str]] = {}
        braces = _BRACES.search(rest)
        if braces is None:
            return rest, found
        inside, at = braces.group("inside"), 0
        while at < len(inside.rstrip()):
            mark = _MARK.match(inside, at)
            name = (mark.group("name") or "id") if mark else ""
            if mark is None or name not in {"id", "role", "action", "guard"}:
                fix = 'Write {#id role=… action=… guard="…"}, each once but guards.'
                self._tell(line, f"{inside[at:].strip()[:40]!r} in braces", "aright does not know it", fix)
                break
            value = mark.group("id") or mark.group("quoted") or mark.group("bare") or ""
            if name != "guard" and name in found:
                self._tell(line, f"{name} is there twice", "one would be lost", "Keep one.")
            found.setdefault(name, []).append(value)
            at = mark.end()
        return rest[: braces.start()].strip(), found

    def _below(self, block: list[str], line: int) -> tuple[str, str]:
        told: list[str] = []
        commands: list[str] = []
        into, mark = told, ""
        for raw in block:
            text = raw.strip()
            fence = _FENCE.match(text)
            if mark:
                if text.startswith(mark) and not text.strip(mark[0]):
                    into, mark = told, ""
                else:
                    into.append(raw.strip() if into is commands else raw)
            elif fence and fence.group("word") == "run":
                if commands:
                    why = "only one could be run"
                    self._tell(line, "the step has two blocks to run", why, "Make two steps of it.")
                into, mark = commands, fence.group(1)
            else:
                told.append(text)
        if mark:
            self._tell(line, "a block to run has no end", "its end is not known", f"End it with {mark}.")
        return "\n".join(told).strip(), "\n".join(commands).strip()

    def _id(self, given: str, title: str, line: int) -> str:
        made = given or re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-")
        if not _ID.fullmatch(made):
            what, fix = f"the step's id {made[:40]!r}", "Give it one in braces: {#short-name}."
            self._tell(line, what, "an id is made of a-z, 0-9, - and _", fix)
        if any(step.id == made for step in self._steps):
            fix = "Give one of them another: {#short-name}."
            self._tell(line, f"the id {made!r} is there twice", "a tick would be of both", fix)
        return made

    def _guards(self, texts: list[str], line: int) -> tuple[str, ...]:
        if len(texts) > MOST_GUARDS:
            self._tell(
                line, f"{len(texts)} guards", f"at most {MOST_GUARDS} are judged", "Join them with and."
            )
        for text in texts:
            try:
                read_guard(text)
            except GuardError as wrong:
                why = "the step could never be done"
                self._tell(line, f"guard {text[:60]!r}: {wrong}", why, "Mend the guard.")
        return tuple(texts[:MOST_GUARDS])

    def _asked_steps(self) -> None:
        known = {step.id for step in self._steps}
        for step in self._steps:
            for text in step.guards:
                try:
                    asked = read_guard(text).steps
                except GuardError:
                    continue
                for name in asked:
                    if name not in known:
                        fix = f"The steps are {', '.join(sorted(known))[:300]}."
                        self._tell(step.line, f"a guard asks for the step {name!r}", "there is none", fix)

    def _one_of(self, marks: dict[str, list[str]], name: str, choices: tuple[str, ...], line: int) -> str:
        value = marks.get(name, [""])[0]
        if value and value not in choices:
            self._tell(line, f"{name} {value!r}", "there is none", f"It is one of {', '.join(choices)}.")
        return value

    def _short(self, text: str, longest: int, line: int, what: str) -> str:
        if len(text) > longest:
            self._tell(line, f"{what} has {len(text):,} characters", f"at most {longest:,} are kept")
        return text[:longest]

    def _made(self, head: dict[str, tuple[int, str]]) -> Runbook:
        digest = hashlib.sha256(self._text.encode("utf-8", "replace")).hexdigest()
        line, key = head.get("id", (1, ""))
        if not _ID.fullmatch(key):
            what = f"id {key[:40]!r}" if key else "it has no id"
            fix = "Write id: short-name of a-z, 0-9, - and _."
            self._tell(line, what, "commands and ticks name it by its id", fix)
        line, title = head.get("title", (1, ""))
        if not title:
            self._tell(line, "it has no title", "people choose it by its title", "Write title: ….")
        made = Runbook(
            id=key,
            title=self._short(title, LONGEST_TITLE, line, "the title"),
            digest=digest,
            severities=self._severities(*head.get("severity", (1, ""))),
            types=_several(head, "type"),
            services=_several(head, "service"),
            signals=_several(head, "signal"),
            steps=tuple(self._steps),
            source=self._source,
        )
        for name in made.types:
            if name not in TYPES:
                fix = f"It is one of {', '.join(TYPES)}."
                self._tell(head["type"][0], f"type {name[:40]!r}", "no service has it", fix)
        return msgspec.structs.replace(made, steps=tuple(self._steps))

    def _severities(self, line: int, value: str) -> tuple[int, ...]:
        words = [word.strip().upper().removeprefix("SEV") for word in value.split(",") if word.strip()]
        if any(word not in {"1", "2", "3", "4"} for word in words):
            self._tell(line, f"severity {value[:40]!r}", "levels are 1 to 4", "Write severity: 1, 2.")
            return ()
        return tuple(sorted({int(word) for word in words}))


def _several(head: dict[str, tuple[int, str]], name: str) -> tuple[str, ...]:
    value = head.get(name, (0, ""))[1]
    return tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))

"""`aright runbook …`: read runbooks, tick their steps, carry them out, look files through."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.leading import path_of
from aright.cli.remote import Remote
from aright.core.model.command import RunbookRun
from aright.core.model.incident import Incident, Mitigation
from aright.core.model.runbook import Runbook, RunbookStep

app = cyclopts.App(
    name="runbook", help="What to do, step by step, with ticks and guards.", result_action="return_value"
)

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
Flag = Annotated[bool, cyclopts.Parameter(negative="")]
SCHEMA: Final = 1
FOUND: Final = 3
LONGEST_OUTPUT: Final = 3_000
SECONDS: Final = 900
_UNSHOWN: Final = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class _Check(msgspec.Struct):
    step: str
    holds: bool
    said: list[str] = []


class _Book(msgspec.Struct):
    runbook: Runbook
    run: RunbookRun | None
    changed: bool
    checks: list[_Check]


@app.command(name="list")
def list_(incident: str = "", *, as_json: AsJson = False) -> int:
    """List runbooks: all, or those that fit an incident and how far each has come.

    Args:
        incident: its id; left out, all runbooks are listed.
        as_json: print JSON.
    """
    if not incident:
        books = Remote().get("/v1/runbooks", list[Runbook])
        if as_json:
            return _show("runbooks", books)
        for book in books:
            print(f"{book.id:<16} {len(book.steps):>3} steps  {book.title}")
        return 0
    found = Remote().get(f"{path_of(incident)}/runbooks", list[_Book])
    if as_json:
        return _show("runbooks", found)
    for each in found:
        done = len(each.run.steps) if each.run else 0
        told = "  (its file was changed since it was begun)" if each.changed else ""
        print(
            f"{each.runbook.id:<16} {done:>3} of {len(each.runbook.steps)} steps  {each.runbook.title}{told}"
        )
    return 0


@app.command
def show(runbook: str, incident: str = "", *, as_json: AsJson = False) -> int:
    """Show a runbook; for an incident with its ticks, and what its guards say now.

    Args:
        runbook: its id, such as sev1.
        incident: an incident's id.
        as_json: print JSON.
    """
    server = Remote()
    if incident:
        each = _book_of(server, incident, runbook)
    else:
        each = _Book(
            _named(server.get("/v1/runbooks", list[Runbook]), runbook), None, changed=False, checks=[]
        )
    if as_json:
        return _show("runbook", each)
    print(f"{each.runbook.id}: {each.runbook.title}")
    if each.changed:
        print("Its file was changed since it was begun: look through its steps again.")
    section = ""
    for step in each.runbook.steps:
        if step.section != section:
            section = step.section
            print(f"\n{section}")
        _print_step(step, each)
    return 0


@app.command
def tick(
    incident: str, runbook: str, step: str, *, status: str = "done", text: str = "", by: str = ""
) -> int:
    """Tell what became of a step.

    Args:
        incident: its id.
        runbook: the runbook's id.
        step: the step's id.
        status: done, skipped or failed.
        text: what was seen, or why it was skipped.
        by: who says so; your login name if left out.
    """
    _tick(Remote(), incident, runbook, step, status=status, text=text, by=by)
    print(f"{runbook}/{step} is {status}")
    return 0


@app.command
def run(
    incident: str,
    runbook: str,
    step: str,
    *,
    yes: Flag = False,
    dry_run: Flag = False,
    confirm: str = "",
    force: str = "",
    by: str = "",
) -> int:
    """Carry a step out: its action by the server, or its command on this machine; then tick it.

    Without --yes it shows what would be done and leaves with 3. A command runs in /bin/sh with INCIDENT and
    SERVICE set; what it prints goes into the incident's record, cut.

    Args:
        incident: its id.
        runbook: the runbook's id.
        step: the step's id.
        yes: do it.
        dry_run: of an action: let the server try it out.
        confirm: of an action: the service's name, letter by letter.
        force: why it is done although a guard does not hold.
        by: who does it; your login name if left out.
    """
    server = Remote()
    each = _book_of(server, incident, runbook)
    found = next((known for known in each.runbook.steps if known.id == step), None)
    if found is None:
        known_steps = ", ".join(known.id for known in each.runbook.steps)
        raise FailedError(f"{runbook} has no step {step!r}: its steps are {known_steps}")
    check = next((known for known in each.checks if known.step == step), None)
    if check is not None and not check.holds and not force and not dry_run:
        raise FailedError(
            f"a guard keeps it back: {'; '.join(check.said)}. Say why all the same with --force"
        )
    if found.action:
        return _act(
            server, incident, runbook, found, yes=yes, dry_run=dry_run, confirm=confirm, force=force, by=by
        )
    if not found.command:
        raise FailedError(
            f"{step} is for people: do it, then `aright runbook tick {incident} {runbook} {step}`", code=2
        )
    print(f"on this machine, by /bin/sh:\n{_clean(found.command)}")
    if not yes or dry_run:
        print("nothing was run: repeat with --yes")
        return FOUND
    about = server.get(path_of(incident), Incident)
    status, said = _execute(found.command, about)
    over = f"(though {'; '.join(check.said)}: {force})\n" if check is not None and not check.holds else ""
    _tick(server, incident, runbook, step, status=status, text=f"{over}{said}", by=by)
    print(f"{said}\n{runbook}/{step} is {status}")
    return 0 if status == "done" else 1


@app.command
def check(folder: Path, *, as_json: AsJson = False) -> int:
    """Look through a folder of runbooks and say all that is wrong, each with its line; needs no server.

    Leaves with 3 where an error was found; warnings alone are fine.

    Args:
        folder: of *.md files.
        as_json: print JSON.
    """
    from aright.bootstrap import runbooks_in  # noqa: PLC0415  pulls in the rest

    try:
        books, findings = runbooks_in(folder)
    except OSError as missing:
        raise FailedError(f"the folder cannot be read: {missing}", code=2) from missing
    usable = not any(finding.error for finding in findings)
    if as_json:
        told = {"schema": SCHEMA, "usable": usable, "runbooks": [b.id for b in books], "findings": findings}
        print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
        return 0 if usable else FOUND
    for finding in findings:
        print(finding)
    steps = sum(len(book.steps) for book in books)
    print(f"{len(books)} runbooks, {steps} steps{'' if usable else '; files with errors are not used'}")
    return 0 if usable else FOUND


def _act(
    server: Remote,
    incident: str,
    runbook: str,
    step: RunbookStep,
    *,
    yes: bool,
    dry_run: bool,
    confirm: str,
    force: str,
    by: str,
) -> int:
    if not dry_run and not (yes and confirm):
        print(f"{step.action}: changes a running service.")
        print("Try --dry-run; then repeat with --yes --confirm SERVICE")
        return FOUND
    path = f"{_step_path(incident, runbook, step.id)}/run"
    body: dict[str, object] = {"by": _me(by), "dry_run": dry_run, "confirm": confirm, "force": force}
    done = server.post(path, body, Mitigation)
    for said in done.checks:
        print(said)
    answer = f" – {done.answer}" if done.answer else ""
    print(f"{done.id} “{done.title}”: {done.status.replace('_', ' ')}{answer}")
    return 0 if done.status in {"planned", "sent", "verified"} else 1


def _execute(command: str, about: Incident) -> tuple[str, str]:
    """Run a command here, and return what became of it and what it printed, without what moves a terminal."""
    environment = {**os.environ, "INCIDENT": about.key, "SERVICE": about.service}
    environment.pop("ARIGHT_TOKEN", None)
    try:
        done = subprocess.run(  # noqa: S603  shown and agreed to just before, on the asker's own machine
            ["/bin/sh", "-c", command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        return "failed", f"not done within {SECONDS} s\n{_cut(slow.output or b'')}"
    left = f"exit {done.returncode}"
    return "done" if done.returncode == 0 else "failed", f"{left}\n{_cut(done.stdout)}".strip()


def _cut(output: bytes) -> str:
    said = _clean(output.decode("utf-8", "replace")).strip()
    if len(said) <= LONGEST_OUTPUT:
        return said
    half = LONGEST_OUTPUT // 2
    return f"{said[:half]}\n… {len(said) - 2 * half:,} characters left out …\n{said[-half:]}"


def _clean(text: str) -> str:
    """Return a text without what moves a terminal's cursor or colours it.

    >>> print(_clean("a" + chr(27) + "[31mred" + chr(7)))
    ared
    """
    return _UNSHOWN.sub("", text.replace("\r\n", "\n"))


def _tick(
    server: Remote, incident: str, runbook: str, step: str, *, status: str, text: str, by: str
) -> RunbookRun:
    body: dict[str, object] = {"by": _me(by), "status": status, "text": text}
    return server.post(_step_path(incident, runbook, step), body, RunbookRun)


def _step_path(incident: str, runbook: str, step: str) -> str:
    return f"{path_of(incident)}/runbooks/{quote(runbook, safe='')}/steps/{quote(step, safe='')}"


def _book_of(server: Remote, incident: str, runbook: str) -> _Book:
    found = server.get(f"{path_of(incident)}/runbooks", list[_Book])
    for each in found:
        if each.runbook.id == runbook:
            return each
    fit = ", ".join(each.runbook.id for each in found) or "none"
    raise FailedError(
        f"{runbook!r} does not fit {incident}: those that do are {fit}. "
        "Tick a step of it to begin it all the same"
    )


def _named(books: list[Runbook], name: str) -> Runbook:
    for book in books:
        if book.id == name:
            return book
    raise FailedError(f"there is no runbook {name!r}: `aright runbook list` shows those there are")


def _print_step(step: RunbookStep, each: _Book) -> None:
    became = {done.step: done for done in each.run.steps}.get(step.id) if each.run else None
    mark = {"done": "✓", "skipped": "–", "failed": "✗"}[became.status] if became else "·"
    who = f" ({step.role})" if step.role else ""
    print(f"  {mark} {step.id}: {step.title}{who}")
    for line in step.text.splitlines():
        print(f"      {line}")
    if step.action:
        print(f"      action: {step.action}")
    for line in _clean(step.command).splitlines():
        print(f"      $ {line}")
    kept = next((check for check in each.checks if check.step == step.id and not check.holds), None)
    for said in kept.said if kept else ():
        print(f"      ✗ {said}")
    if became:
        print(f"      {became.status} by {became.by}{f': {_clean(became.text)}' if became.text else ''}")


def _me(by: str) -> str:
    return by or getpass.getuser()


def _show(name: str, value: object) -> int:
    told = {"schema": SCHEMA, name: value}
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")
    return 0

"""`aright change`: telling aright what was changed, by hand or by what differs between lock files."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.knowing import warn_of_unknown
from aright.cli.remote import Remote, problem_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.observe.lockfiles import Difference

app = cyclopts.App(name="change", help="Tell what was changed, so that causes can be found.")

Kind = Literal["deploy", "model_version", "config", "flag", "library", "schema", "data", "other"]

_AT_ONCE: Final = 500
_TYPE: Final = "application/cloudevents-batch+json"
_JSON = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
_MOST_DIFF = 65_536
"""Bytes of a diff that are sent: more of it is not kept."""

_LOOKED_AT = 8_000
"""Bytes by which text is told from what is none."""

_DRY = Annotated[bool, cyclopts.Parameter(negative="", help="Print what would be told, and tell nothing.")]


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """What was changed."""

    service: str
    what: str
    before: str = ""
    after: str = ""
    title: str = ""
    detail: str = ""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent that tells of a change."""

    id: str
    source: str
    type: str
    data: Data
    time: str | msgspec.UnsetType = msgspec.UNSET
    specversion: str = "1.0"


class _Told(msgspec.Struct):
    accepted: int = 0
    problems: list[_Problem] = []


class _Problem(msgspec.Struct):
    problem: str = ""
    fix: str = ""


@app.command
def tell(
    *,
    service: str,
    kind: Kind,
    what: str,
    before: str = "",
    after: str = "",
    title: str = "",
    diff: Annotated[Path | None, cyclopts.Parameter(allow_leading_hyphen=True)] = None,
    at: str = "",
    id: str = "",  # noqa: A002  the option's name is the event's field
) -> int:
    """Tell of one change.

    Args:
        service: whose.
        kind: what sort of change it is.
        what: the thing changed, such as a model's, a flag's or a table's name.
        before: its state before, such as a version.
        after: its state after.
        title: one line for people.
        diff: a file with what was changed, such as the output of git diff, or notes; - for standard input.
            A diagnosis holds what it touches against what the symptoms speak of.
        at: when it took effect (RFC 3339); when the server hears of it where left out.
        id: names the change, so that telling it again changes nothing; made from the rest where left out.
    """
    detail = _read_diff(diff) if diff else ""
    data = Data(service=service, what=what, before=before, after=after, title=title, detail=detail)
    _deliver([_event(data, kind, source="aright change tell", at=_when(at), number=id)])
    print(f"told: {kind} of {service}", file=sys.stderr)
    warn_of_unknown(service)
    return 0


def _read_diff(diff: Path) -> str:
    """Return as much of a diff as is kept; raises ``FailedError`` where it is no text."""
    try:
        body = sys.stdin.buffer.read(_MOST_DIFF + 1) if str(diff) == "-" else _begin_of(diff)
    except OSError as error:
        raise FailedError(f"{diff} cannot be read: {error.strerror}", code=2) from error
    name = "what standard input holds" if str(diff) == "-" else str(diff)
    if b"\0" in body[:_LOOKED_AT]:  # as git tells what is binary
        raise FailedError(
            f"{name} is no text: a diagnosis reads words. Give the output of git diff, or notes", code=2
        )
    if len(body) > _MOST_DIFF:
        print(f"the first 64 KiB of {name} are kept, the rest is left out", file=sys.stderr)
    return body[:_MOST_DIFF].decode("utf-8", "replace")


def _begin_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_MOST_DIFF + 1)


@app.command
def lock(
    *files: Path,
    service: str,
    git: str = "",
    at: str = "",
    dry_run: _DRY = False,
    json: _JSON = False,
) -> int:
    """Tell which libraries differ between two lock files, each as a change of kind library.

    Reads pip's requirements, uv.lock, poetry.lock, pdm.lock, pylock.toml, Pipfile.lock, package-lock.json,
    pnpm-lock.yaml, yarn.lock, Cargo.lock and go.sum.

    Args:
        files: the old file and the new one; with --git, files of the repository.
        service: whose libraries they are.
        git: two revisions as OLD..NEW, to compare each file as it was in them.
        at: when the new ones took effect (RFC 3339); now where left out.
        dry_run: print what would be told, and tell nothing.
        json: print a versioned JSON document instead of text.
    """
    from aright.core.observe.lockfiles import differences  # noqa: PLC0415  reads YAML

    pairs = _of_git(files, git) if git else _of_files(files)
    events, found = [], []
    for name, old, new in pairs:
        differ = differences(_read(old[0], old[1]), _read(new[0], new[1]))
        found += differ
        events += [_library(each, Path(name).name, service, _when(at)) for each in differ]
    if not dry_run:
        _deliver(events)
        warn_of_unknown(service)
    _print(found, service, as_json=json, told=not dry_run)
    return 0


def _of_files(files: Sequence[Path]) -> list[tuple[str, tuple[str, str], tuple[str, str]]]:
    if len(files) != 2:
        raise FailedError("name the old lock file and the new one, or --git OLD..NEW and files", code=2)
    old, new = ((str(file), _text(file)) for file in files)
    return [(new[0], old, new)]


def _of_git(files: Sequence[Path], revisions: str) -> list[tuple[str, tuple[str, str], tuple[str, str]]]:
    old, dots, new = revisions.partition("..")
    if not (files and old and dots and new) or revisions.startswith("-"):
        raise FailedError("name two revisions as OLD..NEW, and a lock file at least", code=2)
    found = []
    for file in files:
        before, after = (_shown(file, revision) for revision in (old, new.lstrip(".")))
        if before is None and after is None:
            raise FailedError(f"git has no {file} in {old}, nor in {new.lstrip('.')}", code=2)
        found.append((str(file), (str(file), before or ""), (str(file), after or "")))
    return found


def _shown(file: Path, revision: str) -> str | None:
    """Return a file as it was; ``None`` where it was not there."""
    folder = file.parent if file.parent.is_dir() else Path()
    path = f"{revision}:./{file.name}" if file.parent.is_dir() else f"{revision}:./{file.as_posix()}"
    try:
        known = subprocess.run(  # noqa: S603  git's own command, with an argument that is no option
            ["git", "-C", str(folder), "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"],  # noqa: S607
            capture_output=True,
            check=False,
        )
        shown = subprocess.run(  # noqa: S603  likewise
            ["git", "-C", str(folder), "show", path],  # noqa: S607  found as the shell finds it
            capture_output=True,
            check=False,
        )
    except OSError as missing:
        raise FailedError(
            f"git cannot be started ({missing}): install it, or name two files", code=2
        ) from missing
    if known.returncode:
        raise FailedError(f"git knows no revision {revision!r} here: fetch it, or name another", code=2)
    return shown.stdout.decode("utf-8", "replace") if shown.returncode == 0 else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise FailedError(f"{file} cannot be read: {error.strerror}", code=2) from error
    except UnicodeDecodeError as error:
        raise FailedError(f"{file} cannot be read: {error}", code=2) from error


def _read(name: str, text: str) -> dict[str, str]:
    from aright.core.observe.lockfiles import UnknownLockError, read_lock  # noqa: PLC0415

    try:
        return read_lock(Path(name).name, text)
    except UnknownLockError as error:  # it names the file, of which there may be two in two folders
        raise FailedError(str(error).replace(Path(name).name, name, 1), code=2) from error


def _library(difference: Difference, file: str, service: str, at: str) -> Event:
    moved = f"{difference.before or 'nothing'} → {difference.after or 'nothing'}"
    data = Data(
        service=service,
        what=difference.name,
        before=difference.before[:1_000],
        after=difference.after[:1_000],
        title=f"{difference.name} {moved} ({file})"[:1_000],
    )
    return _event(data, "library", source=f"lock file {file}", at=at)


def _event(data: Data, kind: str, *, source: str, at: str, number: str = "") -> Event:
    """Return a change's event; one whose time is not given took effect when the server hears of it."""
    told_at = at or datetime.now(UTC).isoformat()
    said = sha256("\0".join((kind, told_at, *msgspec.structs.astuple(data))).encode()).hexdigest()[:20]
    time = at or msgspec.UNSET
    return Event(id=number or said, source=source, type=f"dev.aright.change.{kind}", time=time, data=data)


def _when(at: str) -> str:
    if not at:
        return ""
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise FailedError(f"--at {at!r} is no time: write it as 2026-01-31T12:00:00Z", code=2)
    return when.isoformat()


def _deliver(events: Sequence[Event]) -> None:
    remote = Remote()
    for first in range(0, len(events), _AT_ONCE):
        body = msgspec.json.encode(events[first : first + _AT_ONCE])
        answer = remote.deliver("/v1/changes", body, _TYPE)
        if answer.status_code == 422:
            told = msgspec.json.decode(answer.content, type=_Told)
            problem = told.problems[0] if told.problems else _Problem(problem="nothing was taken")
            raise FailedError(f"{problem.problem}: {problem.fix}")
        if answer.status_code != 200:
            raise FailedError(problem_of(answer))


def _print(found: Sequence[Difference], service: str, *, as_json: bool, told: bool) -> None:
    if as_json:
        libraries = [{"name": each.name, "before": each.before, "after": each.after} for each in found]
        document = {"schema": 1, "service": service, "told": told, "libraries": libraries}
        print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return
    for each in found:
        print(f"{each.name} {each.before or '-'} → {each.after or '-'}")
    if not found:
        print("no library differs", file=sys.stderr)

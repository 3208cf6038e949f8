"""`aright diagnose`: what an incident is put down to, and the rows behind each number."""

from __future__ import annotations

import shutil
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlencode

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.incident import key_of
from aright.cli.remote import Remote
from aright.core.model.evidence import Verdict
from aright.core.model.probability import odds
from aright.core.model.times import clock_text
from aright.engine.evidence_operations import Asked, DiagnosisView
from aright.web.diagnosis import took
from aright.web.pictures.effects import signed
from aright.web.words import clean, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aright.core.model.evidence import Diagnosis, Evidence, Replayed

FOUND: Final = 3
"""Exit code where a cause is confirmed or likely."""

_EVERY: Final = 1.0
_PATIENCE: Final = 900.0
_REPEAT: Final = 30.0
_WIDEST: Final = 110
_MARKS: Final = {"done": "✓", "failed": "✗", "over budget": "▲", "nothing to look at": "□"}


def diagnose(
    incident: str,
    *,
    as_json: Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")] = False,
    watch: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    again: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    rows: str = "",
    before: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    limit: int = 100,
    offset: int = 0,
) -> int:
    """Say what an incident is put down to, with the evidence; --rows E3 prints the rows behind a finding.

    Leaves with 3 where a cause is confirmed or likely, with 0 where none is (yet).

    Args:
        incident: its id, such as INC-1.
        as_json: print JSON.
        watch: follow the steps until all have ended.
        again: ask for a new diagnosis first, and follow it.
        rows: print the rows that this finding is of, as CSV.
        before: with --rows, those of the reference that they are set beside.
        limit: with --rows, how many at most; up to 1,000.
        offset: with --rows, how many to pass over.
    """
    if before and not rows:
        raise FailedError(
            "--before says which side of a finding's rows is wanted, so it needs --rows as well: "
            f"aright diagnose {key_of(incident)} --rows E1 --before",
            code=2,
        )
    server, key = Remote(), key_of(incident)
    if rows:
        return _rows(server, key, rows, before=before, limit=limit, offset=offset, as_json=as_json)
    since = server.post(f"/v1/incidents/{key}/diagnose", {}, Asked).at if again else 0
    view = _followed(server, key, since) if watch or again else _ask(server, key)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(view), indent=2).decode())
    else:
        for line in told(view):
            print(line)
    named = view.diagnosis is not None and view.diagnosis.verdict is not Verdict.INCONCLUSIVE
    return FOUND if named else 0


def _ask(server: Remote, key: str) -> DiagnosisView:
    return server.get(f"/v1/incidents/{key}/diagnosis", DiagnosisView)


def _followed(server: Remote, key: str, since: int) -> DiagnosisView:
    """Return the diagnosis once it is whole; what each step comes to is told on the way."""
    told: dict[str, str] = {}
    begun = time.monotonic()
    asked = begun
    while True:
        view = _ask(server, key)
        found = view.diagnosis if view.diagnosis is not None and view.diagnosis.at >= since else None
        for each in found.steps if found is not None else ():
            if told.get(each.step.value) != each.state:
                told[each.step.value] = each.state
                print(f"{each.step.value}: {each.state}", file=sys.stderr)
        if not view.open or (found is not None and all(each.state != "running" for each in found.steps)):
            return view
        if since and time.monotonic() - asked > _REPEAT:  # another round took it along
            server.post(f"/v1/incidents/{key}/diagnose", {}, Asked)
            asked = time.monotonic()
        if time.monotonic() - begun > _PATIENCE:
            raise FailedError(f"{key} is still being diagnosed; `aright diagnose {key}` shows what there is")
        time.sleep(_EVERY)


def _rows(
    server: Remote, key: str, evidence: str, *, before: bool, limit: int, offset: int, as_json: bool
) -> int:
    asked = urlencode(
        {
            "side": "before" if before else "now",
            "limit": limit,
            "offset": offset,
            "format": "json" if as_json else "csv",
        }
    )
    found = server.text(f"/v1/incidents/{key}/evidence/{key_of_evidence(evidence)}/rows?{asked}")
    if as_json:
        print(msgspec.json.format(found, indent=2))
    elif sys.stdout.isatty():
        print("\n".join(clean(line) for line in found.splitlines()))
    else:
        sys.stdout.write(found.replace("\r\n", "\n"))
    return 0


def key_of_evidence(typed: str) -> str:
    """Return a finding's id as the server has it, however it was typed.

    >>> key_of_evidence("3"), key_of_evidence("e3"), key_of_evidence("../x")
    ('E3', 'E3', '..%2FX')
    """
    key = key_of(typed)
    return key.replace("INC-", "E", 1) if typed.strip().isdecimal() else key


def told(view: DiagnosisView) -> Iterator[str]:
    """Yield the lines that tell a diagnosis."""
    found = view.diagnosis
    if found is None:
        yield f"{view.incident}  {view.state}  {_plain(view.service)}: no diagnosis yet"
        if view.open:
            yield f"follow it with: aright diagnose {view.incident} --watch"
        return
    where = f"{view.incident}  {view.state}  {_plain(view.service)}"
    yield f"{where}: {found.verdict.value}, {clock_text(found.at)} UTC"
    yield from _wrapped(found.summary, "  ", "  ")
    yield from _steps(found)
    yield from _causes(found)
    yield from _began(found, view.onsets)
    if found.replayed is not None:
        yield from _replay(found.replayed)
    if found.evidence:
        yield f"\nThe rows behind a finding: aright diagnose {view.incident} --rows {found.evidence[0].id}"


def _steps(found: Diagnosis) -> Iterator[str]:
    if found.steps:
        yield "\nSteps"
    for each in found.steps:
        more = took(each.took_ms) if each.state == "done" else _plain(each.text)
        line = f"  {_MARKS.get(each.state, '…')} {each.step.value:<13} {each.state:<19} {more}"
        yield line.rstrip()


def _causes(found: Diagnosis) -> Iterator[str]:
    known = {each.id: each for each in found.evidence}
    if found.causes:
        yield "\nCauses"
    for cause in found.causes:
        yield from _wrapped(cause.title, f"  {odds(cause.probability):>7}  {cause.id:<3} ", " " * 15)
        for word, ids in (("for", cause.evidence_for), ("against", cause.evidence_against)):
            yield from _evidence(word, [known[each] for each in ids if each in known])
    used = {each for cause in found.causes for each in (*cause.evidence_for, *cause.evidence_against)}
    rest = [each for each in found.evidence if each.id not in used]
    if rest:
        yield "\nMore findings"
        yield from _evidence("", rest)


def _evidence(word: str, evidence: Sequence[Evidence]) -> Iterator[str]:
    for each in evidence:
        yield from _wrapped(each.text, f"      {word:<8} {each.id:<4} ", " " * 20)
        word = ""


def _began(found: Diagnosis, onsets: Mapping[str, int]) -> Iterator[str]:
    if len(found.path) > 1:
        yield "\nHow it went on"
        first = onsets.get(found.path[0], 0)
        for at, name in enumerate(found.path):
            onset = onsets.get(name, 0)
            later = f"  +{span(onset - first)}" if first and onset > first else ""
            when = clock_text(onset) + later if onset else ""
            yield f"  {'●' if at else '◆'} {_plain(name):<30} {when}".rstrip()
    if found.suspects:
        yield "\nSuspects, by traces, logs and metrics alone"
    for each in found.suspects:
        where = _plain(each.service) + (f" on {_plain(each.host)}" if each.host else "")
        seen = "own symptoms" if each.internal else "seen by its callers alone"
        text = f"{where} ({seen}): {each.text}"
        yield from _wrapped(text, f"  {odds(each.probability):>7}  ", " " * 11)


def _replay(replayed: Replayed) -> Iterator[str]:
    yield f"\nData or model: {replayed.verdict}"
    yield from _wrapped(replayed.text, "  ", "  ")
    for each in replayed.effects:
        interval = f"({signed(each.low)} to {signed(each.high)})"
        yield f"  {_plain(each.name):<8} {signed(each.effect):>10}  {interval}  {each.pairs:,} pairs"


def _wrapped(text: str, first: str, later: str) -> list[str]:
    """Return text in lines that fit the terminal, or in one where there is none."""
    width = min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else sys.maxsize
    return textwrap.wrap(_plain(text), width, initial_indent=first, subsequent_indent=later) or [
        first.rstrip()
    ]


def _plain(text: str) -> str:
    """Return foreign text on one line, without signs that a terminal would obey."""
    return " ".join(clean(text).split())

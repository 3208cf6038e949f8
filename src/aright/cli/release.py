"""`aright release …`: let a version through to all users, watch it, order it about."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote, urlencode

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote
from aright.core.model.alias import AliasKept
from aright.core.model.incident import TimelineEvent
from aright.core.model.release import UNDER_WAY, Release
from aright.core.model.times import iso
from aright.engine.release_operations import GateReport, Started

app = cyclopts.App(
    name="release", help="Let versions through to users, step by step.", result_action="return_value"
)

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
Flag = Annotated[bool, cyclopts.Parameter(negative="")]
SCHEMA: Final = 1
FOUND: Final = 3


@app.command
def start(
    service: str,
    version: str,
    *,
    stable: str = "",
    gate: Path | None = None,
    force: Flag = False,
    confirm: str = "",
    dry_run: Flag = False,
    by: str = "",
    as_json: AsJson = False,
) -> int:
    """Begin the release of a version: shadow, canary and promotion follow by themselves.

    Args:
        service: whose.
        version: the candidate.
        stable: the version that serves now; read from the registry or from answers where left out.
        gate: what `aright gate --out` wrote.
        force: past a closed gate, and on to all users without waiting for looks; needs --confirm.
        confirm: the service's name.
        dry_run: only say what would be done.
        by: your name, as the ledger shows it.
        as_json: print JSON.
    """
    body: dict[str, object] = {
        "version": version,
        "stable": stable,
        "force": force,
        "confirm": confirm,
        "dry_run": dry_run,
        "by": by,
        "gate": _report(gate),
    }
    started = Remote().post(f"/v1/services/{quote(service, safe='')}/releases", body, Started)
    if as_json:
        _show("started", started)
        return 0
    if dry_run:
        print(f"{version} in place of {started.release.stable}; nothing was done")
    else:
        print(_line(started.release))
    for warning in started.warnings:
        print(f"  {warning}")
    for number, step in enumerate(started.steps, 1):
        print(f"  {number}. {step}")
    return 0


@app.command(name="list")
def list_(*, service: str = "", under_way: Flag = False, as_json: AsJson = False) -> int:
    """List releases, the newest first.

    Args:
        service: of one service alone.
        under_way: those alone that are under way.
        as_json: print JSON.
    """
    asked = {"service": service} if service else {}
    query = urlencode({**asked, "open": "true" if under_way else "false"})
    found = Remote().get(f"/v1/releases?{query}", list[Release])
    if as_json:
        _show("releases", found)
        return 0
    for release in found:
        print(_line(release))
    if not found:
        print("no releases")
    return 0


@app.command
def show(key: str, *, as_json: AsJson = False) -> int:
    """Show where a release stands and what its last look found; leaves with 3 where it was rolled back.

    Args:
        key: its name, such as REL-1.
        as_json: print JSON.
    """
    release = Remote().get(f"/v1/releases/{quote(key, safe='')}", Release)
    if as_json:
        _show("release", release)
    else:
        _told(release)
    return FOUND if release.state.value in {"rolling_back", "rolled_back"} else 0


@app.command
def ledger(key: str, *, as_json: AsJson = False) -> int:
    """Print what was done with a release and why; leaves with 1 where its chain of hashes is broken.

    Args:
        key: its name, such as REL-1.
        as_json: print JSON.
    """
    from aright.core.incident.chain import first_broken  # noqa: PLC0415 - --help need not load it

    events = Remote().get(f"/v1/releases/{quote(key, safe='')}/ledger", list[TimelineEvent])
    if as_json:
        _show("ledger", events)
    else:
        for event in events:
            print(f"{'*' if event.key else ' '} {iso(event.at)}  {event.kind:<12} {event.text}")
    broken = first_broken(events)
    if broken:
        raise FailedError(f"line {broken} of the ledger is not as it was written")
    return 0


@app.command
def approve(key: str, *, confirm: str, text: str = "", by: str = "") -> int:
    """Let a release into the state that waits for a person.

    Args:
        key: its name, such as REL-1.
        confirm: the service's name.
        text: why.
        by: your name, as the ledger shows it.
    """
    return _order(key, "approve", confirm=confirm, text=text, by=by)


@app.command
def pause(key: str, *, text: str = "", by: str = "") -> int:
    """Hold a release where it is; harm still rolls it back.

    Args:
        key: its name, such as REL-1.
        text: why.
        by: your name, as the ledger shows it.
    """
    return _order(key, "pause", text=text, by=by)


@app.command
def resume(key: str, *, text: str = "", by: str = "") -> int:
    """Let a paused release go on.

    Args:
        key: its name, such as REL-1.
        text: why.
        by: your name, as the ledger shows it.
    """
    return _order(key, "resume", text=text, by=by)


@app.command
def promote(key: str, *, confirm: str = "", dry_run: Flag = False, text: str = "", by: str = "") -> int:
    """Let a canary serve all users without waiting.

    Args:
        key: its name, such as REL-1.
        confirm: the service's name.
        dry_run: only say what would be done.
        text: why.
        by: your name, as the ledger shows it.
    """
    return _order(key, "promote", confirm=confirm, dry_run=dry_run, text=text, by=by)


@app.command
def roll_back(key: str, *, confirm: str = "", dry_run: Flag = False, text: str = "", by: str = "") -> int:
    """Put back the version before, at once; also after a release was promoted.

    Args:
        key: its name, such as REL-1.
        confirm: the service's name.
        dry_run: only say what would be done.
        text: why.
        by: your name, as the ledger shows it.
    """
    return _order(key, "roll_back", confirm=confirm, dry_run=dry_run, text=text, by=by)


@app.command
def stop(key: str, *, text: str = "", by: str = "") -> int:
    """End a release before it serves anybody.

    Args:
        key: its name, such as REL-1.
        text: why.
        by: your name, as the ledger shows it.
    """
    return _order(key, "stop", text=text, by=by)


@app.command
def aliases(*, service: str = "", as_json: AsJson = False) -> int:
    """List aliases as their registry was last seen, and who moved them.

    Args:
        service: of one service alone.
        as_json: print JSON.
    """
    query = f"?{urlencode({'service': service})}" if service else ""
    found = Remote().get(f"/v1/aliases{query}", list[AliasKept])
    if as_json:
        _show("aliases", found)
        return 0
    for kept in found:
        print(f"{kept.key}  {kept.version or 'nothing'}  read {iso(kept.read_at)}  {kept.problem}".rstrip())
        for move in kept.moves[-5:]:
            moved = f"{move.before or 'nothing'} → {move.after or 'nothing'}"
            print(f"    {iso(move.at)}  {moved} by {move.by} {move.why}")
    if not found:
        print("no aliases are kept: a service names its registry under rollout in the catalog")
    return 0


def _order(
    key: str, what: str, *, confirm: str = "", dry_run: bool = False, text: str = "", by: str = ""
) -> int:
    body: dict[str, object] = {"confirm": confirm, "dry_run": dry_run, "text": text, "by": by}
    made = Remote().post(f"/v1/releases/{quote(key, safe='')}/{what}", body, Started)
    print(f"{'would stand so: ' if dry_run else ''}{_line(made.release)}")
    for number, step in enumerate(made.steps, 1):
        print(f"  {number}. {step}")
    return 0


def _report(gate: Path | None) -> object:
    if gate is None:
        return None
    writes = f"`aright gate --out {gate}` writes one"
    try:
        report = msgspec.json.decode(gate.read_bytes(), type=GateReport)
    except OSError as gone:
        raise FailedError(f"{gate} cannot be read ({gone.strerror}): {writes}") from gone
    except msgspec.DecodeError as bad:
        raise FailedError(f"{gate} is no report of a gate ({bad}): {writes}") from bad
    return msgspec.to_builtins(report)


def _line(release: Release) -> str:
    share = f"  {100 * release.share:.3g} % of users" if release.state in UNDER_WAY else ""
    state = release.state.value.replace("_", " ")
    return f"{release.key}  {release.service}  {release.stable} → {release.version}  {state}{share}"


def _told(release: Release) -> None:
    print(_line(release))
    print(f"  begun by {release.by} at {iso(release.started_at)}")
    for text in release.gate:
        print(f"  gate {text}")
    if release.looks:
        look = release.looks[-1]
        print(f"  {look.call.value}{f' ({look.hold})' if look.hold else ''}: {look.reason}")
        for each in look.judged[:10]:
            units, failed = each.units, each.failed
            print(
                f"    {each.metric} in {each.segment}: {failed[1]:g} of {units[1]:,} on {release.version}, "
                f"{failed[0]:g} of {units[0]:,} on {release.stable}: {each.low:.2g} to {each.high:.2g} times"
            )
    if release.outcome:
        print(f"  {release.outcome}")


def _show(name: str, value: object) -> None:
    told = {"schema": SCHEMA, name: value}
    print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())

"""`aright incident …`, `aright mitigate` and `aright learn`: an incident from the command line."""

from __future__ import annotations

import getpass
from typing import Annotated
from urllib.parse import quote

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote
from aright.cli.told import told_lines
from aright.core.incident.telling import outcome, told_checks
from aright.core.model.incident import Incident, Mitigation, TimelineEvent
from aright.core.model.paging import Paging
from aright.core.model.postmortem import PostMortem
from aright.core.model.probability import odds, percent
from aright.core.model.times import clock_text, iso

app = cyclopts.App(name="incident", help="List, read, lead and move incidents.", result_action="return_value")
app.command("aright.cli.leading:roles", name="role", help="Who leads, tells, writes, knows.")
app.command("aright.cli.leading:tracks", name="track", help="Lines of investigation.")
app.command("aright.cli.leading:updates", name="update", help="Status updates by audience.")

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
By = Annotated[str, cyclopts.Parameter(help="Who acts; your login name if left out.")]


class _Entry(msgspec.Struct):
    path: str


def _me(by: str) -> str:
    return by or getpass.getuser()


def key_of(incident: str) -> str:
    """Return an incident's id as the server has it, however it was typed.

    >>> key_of("2"), key_of("inc-2"), key_of(" INC-2 "), key_of("other/..")
    ('INC-2', 'INC-2', 'INC-2', 'OTHER%2F..')
    """
    told = incident.strip().upper()
    return quote(f"INC-{told}" if told.isdecimal() else told, safe="")


def _show(value: object) -> None:
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> int:
    """List incidents, the newest first."""
    incidents = Remote().get("/v1/incidents", list[Incident])
    if as_json:
        _show(incidents)
        return 0
    for incident in incidents:
        level = f"SEV{incident.severity.level}" if incident.severity else "SEV?"
        since = iso(incident.opened_at)
        print(f"{incident.key:<8} {level} {incident.state.value:<10} {since}  {incident.title}")
    if not incidents:
        print("no incidents")
    return 0


@app.command
def show(incident: str, *, as_json: AsJson = False) -> int:
    """Show one incident: what, who is hit, why, who was told, and its timeline.

    Args:
        incident: its id, such as INC-1.
        as_json: print JSON.
    """
    found = Remote().get(f"/v1/incidents/{key_of(incident)}", Incident)
    if as_json:
        _show(found)
        return 0
    print(f"{found.key}  {found.state.value}  {found.title}")
    if found.severity:
        print(f"  SEV{found.severity.level}: {found.severity.arithmetic}")
    if found.diagnosis:
        print(f"  who: {found.diagnosis.scope.sentence}")
        for part in found.diagnosis.scope.others:
            print(f"       also {part.segment}: {percent(part.share_of_loss)} of the loss")
        for cause in found.diagnosis.causes:
            print(f"  {odds(cause.probability):>6}  {cause.title}")
        print(f"  {found.diagnosis.verdict.value}: {found.diagnosis.summary}")
    paging = Remote().find(f"/v1/incidents/{key_of(incident)}/paging", Paging)
    for line in told_lines(paging) if paging is not None else ():
        print(f"  {line}")
    for event in Remote().get(f"/v1/incidents/{key_of(incident)}/timeline", list[TimelineEvent]):
        print(f"  {clock_text(event.at)}  {'●' if event.key else '·'} {event.text}")
    return 0


@app.command
def link(incident: str) -> int:
    """Print a link that opens an incident's page without a token: it lets in once, within ten minutes.

    Args:
        incident: its id, such as INC-1.
    """
    server = Remote()
    found = server.get(f"/v1/incidents/{key_of(incident)}", Incident)
    entry = server.post("/v1/entry", {"next": f"/incidents/{found.key}"}, _Entry)
    print(server.url + entry.path)
    return 0


@app.command
def acknowledge(incident: str, *, by: By = "") -> int:
    """Take an incident on.

    Args:
        incident: its id.
        by: who acts; your login name if left out.
    """
    return _move(
        incident, "acknowledge", by, told="{0.key} ({0.state.value}) is taken on by {0.acknowledged_by}"
    )


@app.command
def resolve(incident: str, *, by: By = "", text: str = "", confirm: str = "") -> int:
    """Say that it is over; writes the post-mortem and compiles the guard.

    Args:
        incident: its id.
        by: who acts; your login name if left out.
        text: a closing word for the timeline.
        confirm: the service's name, letter by letter; needed while no mitigation is verified.
    """
    return _move(incident, "resolve", by, text=text, confirm=confirm)


@app.command
def review(incident: str, *, by: By = "") -> int:
    """Say that the post-mortem has been read and agreed.

    Args:
        incident: its id.
        by: who acts; your login name if left out.
    """
    return _move(incident, "review", by)


@app.command
def close(incident: str, *, by: By = "") -> int:
    """File it away.

    Args:
        incident: its id.
        by: who acts; your login name if left out.
    """
    return _move(incident, "close", by)


@app.command
def note(incident: str, text: str, *, by: By = "") -> int:
    """Write a line into the timeline.

    Args:
        incident: its id.
        text: the line.
        by: who acts; your login name if left out.
    """
    return _move(incident, "note", by, told="written into {0.key}'s timeline", text=text)


def _move(
    incident: str, verb: str, by: str, *, told: str = "{0.key} is {0.state.value}", **more: object
) -> int:
    found = Remote().post(f"/v1/incidents/{key_of(incident)}/{verb}", {"by": _me(by), **more}, Incident)
    print(told.format(found))
    return 0


def mitigate(
    incident: str,
    *,
    action: str = "",
    dry_run: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    yes: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    confirm: str = "",
    undo: str = "",
    by: By = "",
) -> int:
    """Carry out an offered action, or with --dry-run say what it would do.

    Args:
        incident: its id.
        action: the offered action; the one that fits the likeliest cause if left out.
        dry_run: look and tell, change nothing.
        yes: do it; needs --confirm as well.
        confirm: the service's name, letter by letter.
        undo: take back this earlier mitigation, such as M1, instead.
        by: who acts; your login name if left out.
    """
    if not dry_run and not (yes and confirm):
        raise FailedError(
            f"this changes a running service: try `aright mitigate {incident} --dry-run` first, "
            "then repeat with --yes --confirm SERVICE",
            code=2,
        )
    verb, body = ("undo", {"action": undo}) if undo else ("mitigate", {"action": action, "dry_run": dry_run})
    done = Remote().post(
        f"/v1/incidents/{key_of(incident)}/{verb}", {"by": _me(by), "confirm": confirm, **body}, Mitigation
    )
    for check in told_checks(done):
        print(check)
    print(_outcome(done))
    return 0 if done.status in {"planned", "sent", "verified", "undone"} else 1


def _outcome(done: Mitigation) -> str:
    what = f"dry run {done.id}" if done.dry_run else f"{done.id} “{done.title}”"
    said = f" – {done.answer}" if done.answer else ""
    return f"{what}: {outcome(done).replace('_', ' ')}{said}"


def learn(incident: str, *, as_json: AsJson = False) -> int:
    """Print the post-mortem of an incident.

    Args:
        incident: its id.
        as_json: print JSON.
    """
    found = Remote().get(f"/v1/incidents/{key_of(incident)}/post-mortem", PostMortem)
    if as_json:
        _show(found)
        return 0
    print(f"# {found.title}\n\n{found.summary}\n\n## Impact\n{found.impact}\n\n## Why")
    for why in found.whys:
        said = "assumed" if why.assumed else ", ".join(why.evidence)
        print(f"- {why.question} {why.answer} [{said}]")
    print("\n## Actions")
    for item in found.actions:
        print(f"- {item.text} ({item.owner}, due {iso(item.due)})")
    return 0

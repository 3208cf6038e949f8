"""`aright guard …`: what keeps causes from coming back."""

from __future__ import annotations

from typing import Annotated

import cyclopts
import msgspec

from aright.cli.remote import Remote
from aright.core.model.guard import Guard

app = cyclopts.App(name="guard", help="Guards compiled from proven causes.", result_action="return_value")


@app.command(name="list")
def list_(
    *, as_json: Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")] = False
) -> int:
    """List guards with the replay that admitted each."""
    guards = Remote().get("/v1/guards", list[Guard])
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(guards), indent=2).decode())
        return 0
    for guard in guards:
        proof = guard.replay
        said = (
            f"fired on {proof.incident_fired} of {proof.incident_windows} windows of {guard.incident}, "
            f"on {proof.baseline_fired} of {proof.baseline_windows} before it"
            if proof
            else "never replayed"
        )
        print(f"{guard.key}  {guard.service}: {guard.title} ({said})")
    if not guards:
        print("no guards")
    return 0

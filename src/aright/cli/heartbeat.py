"""`aright heartbeat …`: beat, and see who is silent."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote

import cyclopts
import msgspec

from aright.cli.remote import Remote
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.times import iso
from aright.core.page.heartbeats import due_at

app = cyclopts.App(
    name="heartbeat", help="Dead man's switches: beat, and see who is silent.", result_action="return_value"
)

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
SCHEMA: Final = 1
SILENT: Final = 3


@app.command
def beat(name: str, *, as_json: AsJson = False) -> int:
    """Beat: whoever waits for it is content until the next one is due.

    Args:
        name: the heartbeat's name in the catalog.
        as_json: print JSON.
    """
    made = Remote().post(f"/v1/heartbeats/{quote(name, safe='')}", {}, Heartbeat)
    if as_json:
        _show("heartbeat", made)
    else:
        print(_line(made))
    return 0


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> int:
    """List heartbeats, when each was heard last and is due; leaves with 3 where one is silent.

    Args:
        as_json: print JSON.
    """
    found = Remote().get("/v1/heartbeats", list[Heartbeat])
    if as_json:
        _show("heartbeats", found)
    else:
        for each in found:
            print(_line(each))
        if not found:
            print("no heartbeats: the catalog names them (heartbeats: …)")
    return SILENT if any(each.missed_at for each in found) else 0


def _line(each: Heartbeat) -> str:
    """Return one line.

    >>> _line(Heartbeat(key="etl", service="shop", every=60_000_000))
    'etl  shop  never heard: it is awaited from its first beat on'
    >>> _line(Heartbeat(key="etl", service="shop", every=60_000_000, last_at=60_000_000))
    'etl  shop  heard at 1970-01-01T00:01:00.000Z, awaited until 1970-01-01T00:03:00.000Z'
    """
    if not each.last_at:
        said = "never heard: it is awaited from its first beat on"
    elif each.missed_at:
        said = f"SILENT since {iso(each.missed_at)}, heard at {iso(each.last_at)}"
    else:
        said = f"heard at {iso(each.last_at)}, awaited until {iso(due_at(each))}"
    return f"{each.key}  {each.service}  {said}"


def _show(name: str, value: object) -> None:
    told = {"schema": SCHEMA, name: value}
    print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())

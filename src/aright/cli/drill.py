"""`aright drill`: simulated AI services that fail in known ways, played through the public doors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts

from aright.cli.failure import FailedError

if TYPE_CHECKING:
    from aright.drill.result import Result

app = cyclopts.App(
    name="drill", help="Play a failure that aright has to find, explain and help to put right."
)


@app.command
def run(
    name: str = "",
    /,
    *,
    fault: str = "",
    seed: int = 0,
    port: int = 8321,
    leave: Annotated[bool, cyclopts.Parameter(name="--exit", negative=())] = False,
    json: Annotated[bool, cyclopts.Parameter(negative=())] = False,
    folder: Path | None = None,
    by_hand: Annotated[bool, cyclopts.Parameter(negative=())] = False,
) -> int:
    """Start aright and a simulated service, let it fail, and see the incident through to its guard.

    Args:
        name: which drill, the first if left out; `aright drill list` shows them.
        fault: what goes wrong; the drill's usual fault if left out.
        seed: what all chance in it follows from.
        port: where aright is to listen; where it is taken, a free one is chosen and said.
        leave: leave at the end; otherwise aright keeps serving its pages until Ctrl-C.
        json: print the result as a JSON document on standard output.
        by_hand: be the person on call yourself: the drill stops before acknowledging, serves on, and says
            what to do.
        folder: keep data and logs here; a temporary folder, removed at the end, if left out.

    Returns:
        0 where all came out right, else 1.
    """
    from aright.drill import run as runner  # noqa: PLC0415  only when played
    from aright.drill.failure import BrokenError  # noqa: PLC0415

    options = runner.Options(
        fault=fault, seed=seed, port=port, stay=not leave, by_hand=by_hand, folder=folder
    )
    try:
        result = runner.run(name, options, finished=lambda result: _show(result, json=json))
    except ValueError as wrong:
        raise FailedError(str(wrong), code=2) from wrong
    except BrokenError as broken:
        raise FailedError(str(broken)) from broken
    return 0 if result.right else 1


@app.command(name="list")
def list_drills(*, json: Annotated[bool, cyclopts.Parameter(negative=())] = False) -> None:
    """Show the drills there are, and what can go wrong in each.

    Args:
        json: print them as a JSON document.
    """
    import msgspec  # noqa: PLC0415

    from aright.drill.catalogue import DRILLS  # noqa: PLC0415

    if json:
        print(
            msgspec.json.format(msgspec.json.encode({"schema": "aright.drills/1", "drills": DRILLS})).decode()
        )
        return
    for drill in DRILLS:
        print(f"{drill.name}\n  {drill.about}")
        for fault, about in drill.faults.items():
            print(f"    --fault {fault:<10} {about}")


def _about(result: Result) -> str:
    from aright.drill.catalogue import DRILLS  # noqa: PLC0415

    about = next((drill.faults.get(result.fault) for drill in DRILLS if drill.name == result.drill), None)
    return f" ({about})" if about else ""


def _show(result: Result, *, json: bool) -> None:
    import msgspec  # noqa: PLC0415

    if json:
        document = {**msgspec.to_builtins(result), "right": result.right}
        print(msgspec.json.format(msgspec.json.encode(document)).decode(), flush=True)
    out = sys.stderr if json else sys.stdout
    told = (
        "all came out right"
        if result.right
        else f"{len(result.wrong)} of {len(result.checks)} came out wrong"
    )
    print(f"\n{result.drill}, seed {result.seed}, fault “{result.fault}”{_about(result)}: {told}", file=out)
    for check in result.checks:
        mark = "✓" if check.right else "✗"
        want = "" if check.right else f"  (wanted {check.wanted})"
        print(f"  {mark} {check.name}: {check.found}{want}", file=out)
    print(f"  {result.facts.requests:,} requests in {result.facts.wall_s:.1f} s", file=out, flush=True)

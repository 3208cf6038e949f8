"""The command line's front door: verbs are the life of an incident."""

from __future__ import annotations

import sys
from typing import Final

import cyclopts

from aright import __version__
from aright.cli.failure import FailedError

USAGE: Final = 2
FAILED: Final = 1

app = cyclopts.App(
    name="aright",
    help="Tells on-call engineers that an AI service is up but wrong, says why, and puts back what worked.",
    help_format="plaintext",
    version=__version__,
    result_action="return_value",
)
# Named as text, so that `aright --help` stays quick: a verb's module is loaded when the verb is used, and
# what it does is told here.
for _name, _where, _help in (
    ("serve", "serve:serve", "Start the server: doors, engine and pages."),
    ("investigate", "investigate:investigate", "Ask files of predictions what moved, without a server."),
    ("ingest", "ingest:ingest", "Send files of rows to a server that runs."),
    ("incident", "incident:app", "List, read, lead and move incidents."),
    ("runbook", "runbook:app", "Read runbooks, tick their steps, carry them out, look files through."),
    (
        "diagnose",
        "diagnose:diagnose",
        "Say why, down to the rows; leaves with 3 where a cause is named.",
    ),
    ("mitigate", "incident:mitigate", "Carry out an offered action, or try it out with --dry-run."),
    ("learn", "incident:learn", "Print the post-mortem of an incident."),
    ("release", "release:app", "Let a version through to all users, step by step, and back."),
    ("guard", "guard:app", "Show the guards that came of incidents."),
    ("slo", "slo:app", "Show what was promised, what is kept of it, and what could be promised."),
    ("contract", "contract:app", "Show what dependencies' documents are like, and what broke of it."),
    ("change", "change:app", "Tell what was changed: by hand, or by what lock files say."),
    ("silence", "silence:app", "Hold harm back for a while, see what is held back, let it go."),
    ("oncall", "oncall:app", "Say who has the shift; swap and take shifts; calendars in and out."),
    ("heartbeat", "heartbeat:app", "Beat for what must be heard again and again, and see who is silent."),
    ("check", "check:check", "Look through catalog files and say all that is wrong, with lines."),
    ("runs", "runs:app", "Hold runs of trainings against each other: config, curves, metrics, data."),
    ("suite", "suite:app", "Run your own Pandera or Great Expectations suites over a file of rows."),
    ("gate", "gate:gate", "Check a new version before anyone is served by it; leaves with 3 where closed."),
    ("canary", "canary:app", "Tell beforehand how long a canary will take at your traffic."),
    ("drill", "drill:app", "Play a failure that aright has to find, explain and help to put right."),
    ("status", "status:app", "Write the public status page as files for another host."),
    ("token", "token:app", "Make, list and withdraw access tokens."),
):
    app.command(f"aright.cli.{_where}", name=_name, help=_help)


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code: 0 fine, 1 failed, 2 usage, 3 found something."""
    try:
        answer = app(arguments, exit_on_error=False, print_error=True)
    except cyclopts.CycloptsError:
        sys.exit(USAGE)
    except FailedError as failure:
        print(f"aright: {failure}", file=sys.stderr)
        sys.exit(failure.code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: that is its right
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(answer if isinstance(answer, int) else 0)
